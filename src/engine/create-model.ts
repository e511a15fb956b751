/**
 * Models over a pool of inference threads: checks what callers give, and names the outputs.
 */
import type { ConvertedManifest } from "../convert/index.ts";
import { SluiceError } from "../errors.ts";
import type { ModelIdentity } from "../types.ts";
import type { Lane } from "./job.ts";
import type { Model, Session, SessionOptions } from "./model.ts";
import type { Pool } from "./pool.ts";
import type { ModelLayout, Wanted } from "./protocol.ts";
import { checkGenerateOptions, createSession, type SessionContext } from "./session.ts";
import { sessionBytes } from "./session-bytes.ts";
import { parseSessionFile } from "./session-file.ts";
import { toPositions, toTokenIds } from "./token-ids.ts";
import { streamOf } from "./token-stream.ts";

/** What a model is made of. */
export interface ModelParts {
	readonly pool: Pool;
	readonly manifest: ConvertedManifest;
	readonly layout: ModelLayout;
	readonly identity: ModelIdentity;
	readonly directory: string;
}

/** Numbers that one call may return: 1 GiB of float32. */
const MOST_OUTPUTS = 2 ** 28;

/** The model whose graphs the pool's threads run. */
export function createModel({ pool, manifest, layout, identity, directory }: ModelParts): Model {
	const { vocabSize, hiddenSize, layers, headRows, contextSize } = manifest;
	const allLayers = Array.from({ length: layers + 1 }, (_, layer) => layer);
	const checkOutputs = createOutputCheck(manifest);
	const checkContext = (tokens: number): void => {
		if (contextSize === undefined || tokens <= contextSize) return;
		const detail = `${tokens} ids exceed the model's context of ${contextSize}`;
		throw new SluiceError("text_too_long", { detail, pointer: "/ids" });
	};
	const freshBytes = sessionBytes(layout, 0);
	const reserve: SessionContext["reserve"] = (maxTokens, checkpoints) => {
		checkCount("maxTokens", maxTokens, { from: 1, to: contextSize ?? Number.MAX_SAFE_INTEGER });
		const kept = layout.kind === "rows" ? checkpoints : 0;
		return { bytes: sessionBytes(layout, maxTokens) * (1 + kept), checkpoints: kept };
	};
	const context: SessionContext = {
		pool,
		identity,
		vocabSize,
		headRows,
		layers,
		checkContext,
		checkOutputs,
		freshBytes,
		reserve,
	};

	const openSession = (options: SessionOptions, ids: readonly number[]): { session: Session; lane: Lane } => {
		const { outputs = "logits", maxTokens = contextSize ?? Number.MAX_SAFE_INTEGER, checkpoints = 0 } = options;
		const { keepsIds = true } = options;
		if (outputs === "heads") checkHeads(manifest);
		checkCount("checkpoints", checkpoints, { from: 0, to: 1024 });
		const lane = pool.openLane(reserve(maxTokens, checkpoints));
		return { lane, session: createSession(context, { lane, outputs, maxTokens, ids, keepsIds }) };
	};

	return {
		identity,
		vocabSize,
		hiddenSize,
		layers,
		headRows,
		contextSize,
		directory,
		async forward(given, { positions: givenPositions, hidden = false, ...options } = {}) {
			const ids = toTokenIds(given, vocabSize);
			const wanted: Wanted = {
				logits: "all",
				hidden: hidden ? { layers: allLayers, of: "all" } : undefined,
			};
			checkContext(ids.length);
			checkOutputs(ids.length, wanted);
			const positions = givenPositions && toPositions(givenPositions, ids.length);
			const output = await pool.submit({ wanted, ids, positions }, options);
			return { logits: output.logits!, ...(output.hidden && { hidden: output.hidden }) };
		},
		async heads(given, options) {
			checkHeads(manifest);
			const ids = toTokenIds(given, vocabSize);
			const wanted: Wanted = { heads: true };
			checkContext(ids.length);
			checkOutputs(ids.length, wanted);
			return (await pool.submit({ wanted, ids }, options)).heads!;
		},
		async score(given, tokens, options) {
			const ids = toTokenIds(given, vocabSize);
			checkContext(ids.length);
			const scores = toTokenIds(tokens, vocabSize, "tokens");
			return (await pool.submit({ wanted: { scores }, ids }, options)).scores!;
		},
		generate(given, options) {
			checkGenerateOptions(options, layers);
			const ids = toTokenIds(given, vocabSize);
			const room = contextSize ?? Number.MAX_SAFE_INTEGER;
			return streamOf(
				() => {
					checkContext(ids.length);
					return openSession({ maxTokens: Math.min(ids.length + options.maxTokens, room) }, []).session;
				},
				(session) => session.generate(ids, options),
			);
		},
		async session(options = {}) {
			return openSession(options, []).session;
		},
		async restore(bytes, options = {}) {
			const { model, outputs, ids, arrays } = parseSessionFile(bytes);
			if (model !== identity.hash) {
				const detail = `the session was made with model ${model.slice(0, 12)}, not with ${identity.hash.slice(0, 12)}`;
				throw new SluiceError("invalid_request", { detail, pointer: "/bytes" });
			}
			const { session, lane } = openSession({ outputs, ...options }, ids);
			if (ids.length > 0) await pool.importLane(lane, arrays, ids.length);
			return session;
		},
		sessionBytes: (tokens) => sessionBytes(layout, tokens),
		stats: () => pool.stats(),
		close: () => pool.close(),
	};
}

/** Throws `text_too_long` where a call would return more numbers than one may. */
function createOutputCheck(manifest: ConvertedManifest): SessionContext["checkOutputs"] {
	const { vocabSize, hiddenSize, headRows } = manifest;
	return (tokens, { logits, hidden, heads }) => {
		const width = (logits === "all" ? vocabSize : 0) + (heads ? headRows : 0);
		const states = hidden?.of === "all" ? hidden.layers.length * hiddenSize : 0;
		if (tokens * (width + states) <= MOST_OUTPUTS) return;
		const detail = `${tokens} ids give more numbers than one call returns; give at most ${Math.floor(MOST_OUTPUTS / (width + states))}, or append parts to a session`;
		throw new SluiceError("text_too_long", { detail, pointer: "/ids" });
	};
}

function checkHeads({ headRows }: ConvertedManifest): void {
	if (headRows === 0)
		throw new SluiceError("invalid_request", { detail: "the model has no heads; it gives logits only" });
}

function checkCount(name: string, value: number, { from, to }: { from: number; to: number }): void {
	if (Number.isInteger(value) && value >= from && value <= to) return;
	const detail = `${name} must be a whole number from ${from} to ${to}`;
	throw new SluiceError("invalid_request", { detail, pointer: `/${name}` });
}
