/**
 * Runs a planned model directly: builds the graph into a temporary directory, opens it, carries its caches.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuildOptions, type ModelPlan, planModel, type WeightSource } from "../../src/architectures/index.ts";
import { InferenceSession, Tensor } from "../../src/engine/onnxruntime.ts";
import { toModelFile, writeWeights } from "../../src/onnx/index.ts";
import { openWeights } from "../../src/weights/safetensors.ts";

/** Caches by input name. */
export type Caches = Readonly<Record<string, Tensor>>;

/** Result of one call: float32 values by output name, and the caches for the next call. */
export interface RunResult {
	readonly outputs: Readonly<Record<string, Float32Array>>;
	readonly caches: Caches;
}

/** An open model. `run` takes rows of equal length; positions count from `start` unless given. */
export interface Runner {
	readonly plan: ModelPlan;
	freshCaches(batch?: number): Caches;
	run(rows: readonly (readonly number[])[], options?: RunOptions): Promise<RunResult>;
	close(): Promise<void>;
}

export interface RunOptions {
	readonly start?: number;
	readonly positions?: readonly (readonly number[])[];
	readonly caches?: Caches;
	/** Names of outputs to fetch; all where left out. */
	readonly fetch?: readonly string[];
}

/** Opens a Hugging Face directory as the given kind of graph. */
export async function openRunner(directory: string, options: BuildOptions): Promise<Runner> {
	const plan = planModel(JSON.parse(readFileSync(join(directory, "config.json"), "utf8")));
	const weights = openWeights(directory);
	try {
		return await createRunner(plan, weights, options);
	} finally {
		weights.close();
	}
}

/** Opens a plan over any source of weights. */
export async function createRunner(plan: ModelPlan, source: WeightSource, options: BuildOptions): Promise<Runner> {
	const temporary = mkdtempSync(join(tmpdir(), "sluice-test-"));
	const graph = plan.build(source, options);
	const { locations } = await writeWeights(join(temporary, "weights.data"), graph.weightGroups());
	writeFileSync(join(temporary, "model.onnx"), toModelFile(graph, locations));
	const session = await InferenceSession.create(join(temporary, "model.onnx"), { intraOpNumThreads: 1 });
	const freshCaches = (batch = 1): Caches => {
		const tensors = plan.caches.map(({ input, shape }) => {
			const dims = shape.map((dim) => (dim === "batch" ? batch : dim === "past" ? 0 : dim));
			return [input, new Tensor("float32", new Float32Array(dims.reduce((n, dim) => n * dim, 1)), dims)] as const;
		});
		return Object.fromEntries(tensors);
	};
	return {
		plan,
		freshCaches,
		async run(rows, { start = 0, positions, caches = freshCaches(rows.length), fetch } = {}) {
			const used = positions ?? rows.map((row) => row.map((_, t) => start + t));
			const feeds = { input_ids: toInt64(rows), positions: toInt64(used), ...caches, ...selectAll(session, rows) };
			const results = await (fetch === undefined ? session.run(feeds) : session.run(feeds, [...fetch]));
			const outputs = Object.entries(results).map(([name, { data }]) => [name, data as Float32Array] as const);
			const next = plan.caches.filter(({ output }) => results[output] !== undefined);
			return {
				outputs: Object.fromEntries(outputs),
				caches: Object.fromEntries(next.map(({ input, output }) => [input, results[output] as Tensor])),
			};
		},
		async close() {
			await session.release();
			rmSync(temporary, { recursive: true });
		},
	};
}

/** Logits and hidden states of every token, where the graph has a choice. */
function selectAll(session: InferenceSession, rows: readonly (readonly number[])[]): Record<string, Tensor> {
	if (!session.inputNames.includes("logit_rows")) return {};
	const all = toInt64([rows.flat().map((_, i) => i)]).reshape([rows.flat().length]);
	const none = new Tensor("int64", new BigInt64Array(), [0]);
	return { logit_rows: all, hidden_rows: all, score_rows: none, score_ids: none };
}

function toInt64(rows: readonly (readonly number[])[]): Tensor {
	return new Tensor("int64", BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]?.length ?? 0]);
}
