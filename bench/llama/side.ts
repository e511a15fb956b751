/**
 * llama.cpp as a side of bench/engine.ts. Calls the binding under node-llama-cpp (so the version is pinned exactly): one
 * decodeBatch is one llama_decode, on its own thread, so what is timed is evaluation and a promise; choosing the token
 * (sampleToken, greedy) is timed apart. A prompt is read in batches of 512, llama.cpp's default for -ub.
 */
import type { Engine } from "../engine/protocol.ts";
import { serveSide } from "../engine/serve-side.ts";

interface Binding {
	readonly AddonModel: new (path: string, options: object) => { init(): Promise<boolean>; getModelSize(): number };
	readonly AddonContext: new (model: object, options: object) => Context;
	readonly AddonSampler: new (model: object) => { applyConfig(config: object): void };
	systemInfo(): string;
}

interface Context {
	init(): Promise<boolean>;
	initBatch(size: number): void;
	addToBatch(sequence: number, at: number, tokens: Uint32Array, logitsOf: Uint32Array): Uint32Array;
	decodeBatch(): Promise<void>;
	sampleToken(
		logits: number,
		sampler: object,
		probabilities: boolean,
		confidence: boolean,
		values: readonly [tokens: readonly number[], max: boolean, min: boolean, selected: boolean, top: number],
	): Promise<[number, unknown, unknown, number[]]>;
	sampleToken(logits: number, sampler: object): Promise<number>;
	removeTokenCellsFromSequence(sequence: number, start: number, end: number): boolean;
	getThreads(): number;
}

const BATCH = 512;
/** A value, so that the rest of the project type-checks without llama.cpp installed. */
const PACKAGE: string = "node-llama-cpp";

let context: Context;
let sampler: object;
let read: number[] = [];

/** Reads `ids` after the first `at`; returns where the last one's logits lie and what the reading took. */
async function evaluate(ids: readonly number[], at: number): Promise<{ row: number; ms: number }> {
	let row = 0;
	let ms = 0;
	for (let done = 0; done < ids.length; done += BATCH) {
		const tokens = Uint32Array.from(ids.slice(done, done + BATCH));
		const isLast = done + tokens.length === ids.length;
		context.initBatch(tokens.length);
		const rows = context.addToBatch(0, at + done, tokens, Uint32Array.from(isLast ? [tokens.length - 1] : []));
		const start = performance.now();
		await context.decodeBatch();
		ms += performance.now() - start;
		row = rows[0] ?? 0;
	}
	return { row, ms };
}

/** Forgets everything after the first `length` tokens. */
function rewind(length: number): void {
	if (!context.removeTokenCellsFromSequence(0, length, -1)) throw new Error(`could not go back to ${length} tokens`);
	read = read.slice(0, length);
}

async function pick(row: number): Promise<{ token: number; pickMs: number }> {
	const start = performance.now();
	const token = await context.sampleToken(row, sampler);
	return { token, pickMs: performance.now() - start };
}

const engine: Engine = {
	async load({ path, threads, context: contextSize, options }) {
		const { getLlama } = (await import(PACKAGE)) as { getLlama(options: object): Promise<{ _bindings: Binding }> };
		const fixed = { gpu: false, build: "never", skipDownload: true, progressLogs: false, logLevel: "error" };
		const { _bindings: binding } = await getLlama(fixed);
		const start = performance.now();
		const model = new binding.AddonModel(path, { useMmap: options.mmap !== false, gpuLayers: 0 });
		if (!(await model.init())) throw new Error(`${path} was not loaded`);
		const flashAttention = options.flashAttention !== false;
		const sizes = { contextSize, batchSize: Math.min(BATCH, contextSize), sequences: 1, threads };
		context = new binding.AddonContext(model, { ...sizes, flashAttention, swaFullCache: true });
		if (!(await context.init())) throw new Error("no context");
		const ms = performance.now() - start;
		const greedy = new binding.AddonSampler(model);
		greedy.applyConfig({ temperature: 0 });
		sampler = greedy;
		return { ms, detail: `${binding.systemInfo()} threads=${context.getThreads()} bytes=${model.getModelSize()}` };
	},

	async prefill({ ids }) {
		rewind(0);
		const { row, ms } = await evaluate(ids, 0);
		const start = performance.now();
		const [token, , , top] = await context.sampleToken(row, sampler, false, false, [[], false, false, false, 2]);
		const pickMs = performance.now() - start;
		if (!top.every(Number.isFinite)) throw new Error(`logits of the last position: ${top.join(", ")}`);
		read = [...ids];
		return { ms, pickMs, token };
	},

	async decode({ ids, steps }) {
		const isRead = read.length >= ids.length && ids.every((id, i) => id === read[i]);
		rewind(isRead ? ids.length - 1 : 0); // the last one again: its logits choose the first token
		const first = await evaluate(ids.slice(read.length), read.length);
		read = [...ids];
		let { token } = await pick(first.row);
		const times: { ms: number; pickMs: number; token: number }[] = [];
		for (let i = 0; i < steps; i++) {
			const { row, ms } = await evaluate([token], read.length);
			read.push(token);
			const picked = await pick(row);
			times.push({ ms, ...picked });
			token = picked.token;
		}
		return { ms: times.map((t) => t.ms), pickMs: times.map((t) => t.pickMs), tokens: times.map((t) => t.token) };
	},
};

serveSide(engine);
