/**
 * Sessions of both models that stand at each context, and decoding steps after it. A context is read once, in parts; a copy
 * that shares no memory with the longer ones stays open at each. Steps go to a fork, so a context stays what it says.
 */
import { totalmem } from "node:os";
import { openModel, type Session } from "../../src/engine/index.ts";
import { toTokenIds } from "../engine/random.ts";
import { MODELS, type ModelName } from "./models.ts";
import type { Subject } from "./rounds.ts";

/** What is read and how. */
export interface DecodingChoice {
	readonly paths: Readonly<Record<ModelName, string>>;
	/** Where the engine may keep weights it has prepared. */
	readonly cacheDir: string;
	/** Ascending. */
	readonly contexts: readonly number[];
	/** Tokens per sample that count; one before them does not, since buffers may grow by it. */
	readonly steps: number;
	readonly threads: number;
	readonly onRead?: (model: ModelName, context: number) => void;
}

/** A session's memory, and how long the context took to read. */
export interface ContextRow {
	readonly model: ModelName;
	readonly context: number;
	readonly stateBytes: number;
	/** From the context before. */
	readonly readSeconds: number;
}

/** Both models with their sessions. */
export interface OpenContexts {
	readonly subjects: readonly Subject[];
	readonly rows: readonly ContextRow[];
	close(): Promise<void>;
}

/** Of all sessions of a model together; the default is less than all layers of the Transformer need. */
const MOST_BYTES = Math.floor(totalmem() * 0.75);

/** Opens both models and reads every context. */
export async function openContexts(choice: DecodingChoice): Promise<OpenContexts> {
	const subjects: Subject[] = [];
	const rows: ContextRow[] = [];
	const closing: (() => Promise<void>)[] = [];
	for (const name of Object.keys(MODELS) as ModelName[]) {
		const { cacheDir, threads: cores } = choice;
		const model = await openModel(choice.paths[name], { cores, cacheDir, maxSessionBytes: MOST_BYTES });
		closing.push(() => model.close());
		const ids = toTokenIds(Math.max(...choice.contexts) + choice.steps + 1, model.vocabSize);
		const reading = await model.session({ maxTokens: ids.length });
		for (const context of choice.contexts) {
			const start = performance.now();
			await reading.append(ids.slice(reading.length, context), { logits: "none" });
			const readSeconds = (performance.now() - start) / 1000;
			const maxTokens = context + choice.steps + 1;
			const session = await model.restore(await reading.serialize(), { maxTokens });
			const next = ids.slice(context, maxTokens);
			subjects.push({ labels: { model: name, context }, work: () => decode(session, context, next), sampleMs: 0 });
			rows.push({ model: name, context, stateBytes: session.stateBytes, readSeconds });
			choice.onRead?.(name, context);
		}
		await reading.close();
	}
	return {
		subjects,
		rows,
		close: async () => {
			for (const close of closing) await close();
		},
	};
}

/** Milliseconds of each step but the first, as its caller sees them: until the logits are here. */
async function decode(session: Session, context: number, ids: readonly number[]): Promise<number[]> {
	if (session.length !== context) throw new Error(`a session of ${context} tokens has ${session.length}`);
	const fork = await session.fork();
	const times: number[] = [];
	for (const id of ids) {
		const start = performance.now();
		await fork.append([id], { logits: "last" });
		times.push(performance.now() - start);
	}
	await fork.close();
	return times.slice(1);
}
