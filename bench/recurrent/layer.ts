/**
 * A whole recurrent residual block as converted: a run of two such blocks less a run of one, both without a prediction. The
 * difference is what a block costs in a model: norms, projections, convolution, gates, recurrence, MLP.
 */
import { join } from "node:path";
import { type InferenceSession, openGraph, Tensor } from "../../src/engine/onnxruntime.ts";
import { toTokenIds } from "../engine/random.ts";
import { type Subject, timed } from "./rounds.ts";

/** Graphs that are open; labels `blocks` (1 or 2), `threads`, `steps`. */
export interface OpenBlocks {
	readonly subjects: readonly Subject[];
	close(): Promise<void>;
}

const SAMPLE_MS = 100;

/** Opens the two converted directories for every number of threads, to read each number of tokens at once. */
export async function openBlocks(
	paths: readonly string[],
	{ steps, threads }: { readonly steps: readonly number[]; readonly threads: readonly number[] },
): Promise<OpenBlocks> {
	const sessions: InferenceSession[] = [];
	const subjects: Subject[] = [];
	for (const cores of threads) {
		const pair = await Promise.all(
			paths.map((path) => openGraph(join(path, "model.onnx"), { cores, keepsMemory: true })),
		);
		sessions.push(...pair);
		for (const count of steps) {
			for (const [i, session] of pair.entries()) {
				const feeds = toFeeds(session, count);
				subjects.push({
					labels: { blocks: i + 1, threads: cores, steps: count },
					work: timed(() => session.run(feeds, ["hidden.1", `present.layers.${i}.state`])),
					sampleMs: SAMPLE_MS,
				});
			}
		}
	}
	return {
		subjects,
		close: async () => {
			for (const session of sessions) await session.release();
		},
	};
}

/** Tokens of one text from its beginning, of which only the last one's residual stream is fetched. */
function toFeeds(session: InferenceSession, steps: number): Record<string, Tensor> {
	const ids = toTokenIds(steps, 300).map(BigInt);
	const int64 = (values: bigint[], dims: number[]): Tensor => new Tensor("int64", BigInt64Array.from(values), dims);
	const known: Record<string, Tensor> = {
		input_ids: int64(ids, [1, steps]),
		positions: int64(
			ids.map((_, at) => BigInt(at)),
			[1, steps],
		),
		hidden_rows: int64([BigInt(steps - 1)], [1]),
	};
	const feeds = session.inputMetadata.map((input) => {
		if (known[input.name] !== undefined) return [input.name, known[input.name]!] as const;
		if (!input.isTensor) throw new Error(`${input.name} is no tensor`);
		const dims = input.shape.map((dim) => (typeof dim === "number" ? dim : dim === "batch" ? 1 : 0));
		const size = dims.reduce((product, dim) => product * dim, 1);
		const data = input.type === "int64" ? new BigInt64Array(size) : new Float32Array(size);
		return [input.name, new Tensor(input.type as "float32", data as Float32Array, dims)] as const;
	});
	return Object.fromEntries(feeds);
}
