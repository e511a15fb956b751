/**
 * Sessions and models over a pool of inference threads: checks what callers give, and names the outputs.
 */
import type { ConvertedManifest } from "../convert.ts";
import { SluiceError } from "../errors.ts";
import type { ModelIdentity } from "../types.ts";
import type { Lane } from "./job.ts";
import type { AppendResult, Model, Session } from "./model.ts";
import type { Pool } from "./pool.ts";
import type { GraphName } from "./protocol.ts";
import { toPositions, toTokenIds } from "./token-ids.ts";

/** What a model is made of. */
export interface ModelParts {
	readonly pool: Pool;
	readonly manifest: ConvertedManifest;
	readonly identity: ModelIdentity;
	readonly directory: string;
}

/** Numbers that one call may return: 1 GiB of float32. */
const MOST_OUTPUTS = 2 ** 28;

/** The model whose graphs the pool's threads run. */
export function createModel({ pool, manifest, identity, directory }: ModelParts): Model {
	const { vocabSize, hiddenSize, layers, headRows } = manifest;
	const parts = { pool, manifest };
	return {
		identity,
		vocabSize,
		hiddenSize,
		layers,
		headRows,
		directory,
		async forward(given, { positions: givenPositions, hidden = false, ...options } = {}) {
			const ids = toTokenIds(given, vocabSize);
			checkSize(ids.length, vocabSize + (hidden ? (layers + 1) * hiddenSize : 0));
			const positions = givenPositions && toPositions(givenPositions, ids.length);
			const output = await pool.submit({ graph: "logits", hidden, ids, positions }, options);
			return { logits: output.values, ...(output.hidden && { hidden: output.hidden }) };
		},
		async heads(given, options) {
			checkHeads(manifest);
			const ids = toTokenIds(given, vocabSize);
			checkSize(ids.length, headRows);
			return (await pool.submit({ graph: "heads", hidden: false, ids }, options)).values;
		},
		async session({ outputs = "logits" } = {}) {
			if (outputs === "heads") checkHeads(manifest);
			return createSession(parts, outputs, pool.openLane());
		},
		stats: () => pool.stats(),
		close: () => pool.close(),
	};
}

function createSession(parts: Pick<ModelParts, "pool" | "manifest">, graph: GraphName, lane: Lane): Session {
	const { pool, manifest } = parts;
	const width = graph === "heads" ? manifest.headRows : manifest.vocabSize;
	let last: Promise<unknown> = Promise.resolve();
	return {
		async append(given, options) {
			const ids = toTokenIds(given, manifest.vocabSize);
			checkSize(ids.length, width);
			const appended = pool.submit({ graph, hidden: false, ids, lane }, options);
			last = appended.catch(() => {}); // the caller of append sees it
			const { values } = await appended;
			return { [graph]: values } satisfies AppendResult;
		},
		async fork() {
			await last;
			return createSession(parts, graph, pool.openLane(lane));
		},
		get stateBytes() {
			return lane.state?.bytes ?? freshBytes(manifest);
		},
		get length() {
			return lane.state?.tokens ?? 0;
		},
		async close() {
			pool.closeLane(lane);
		},
	};
}

/** Bytes of the caches before the first token: no past is held. */
function freshBytes({ caches }: ConvertedManifest): number {
	const sizes = caches.map(({ shape }) =>
		shape.reduce<number>((bytes, dim) => bytes * (dim === "batch" ? 1 : dim === "past" ? 0 : dim), 4),
	);
	return sizes.reduce((sum, size) => sum + size, 0);
}

function checkHeads({ headRows }: ConvertedManifest): void {
	if (headRows === 0)
		throw new SluiceError("invalid_request", { detail: "the model has no heads; it gives logits only" });
}

function checkSize(tokens: number, width: number): void {
	if (tokens * width <= MOST_OUTPUTS) return;
	const detail = `${tokens} ids give more numbers than one call returns; give at most ${Math.floor(MOST_OUTPUTS / width)}, or append parts to a session`;
	throw new SluiceError("text_too_long", { detail, pointer: "/ids" });
}
