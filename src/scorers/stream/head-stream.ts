/**
 * Follows texts with the embedded classifier: settled words are read once and for good, what may still change is read
 * beside the session's state and forgotten. Its state has a fixed size, so a word costs the same however long the text is.
 * Numbers are those of the whole text in one call, bit for bit: the engine's do not depend on how a text is cut into calls.
 */
import type { Model, Session } from "../../engine/index.ts";
import { SluiceError } from "../../errors.ts";
import { type Manner, type NormalizedText, normalizeText } from "../../tokenizer/normalize.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { CallOptions } from "../../types.ts";
import { type Measured, toMeasured, toRisk } from "../head.ts";
import { createHeadPool, type HeadPool } from "../head-pool.ts";
import type { HeadsFile } from "../heads-file.ts";
import type { PrefixScore, ScoreStream, StreamScorer } from "./score-stream.ts";
import { type ClauseEnds, findClauseEnds } from "./settled.ts";
import { type CutPoint, createTextCutter, type TextCutter } from "./text-cutter.ts";

/** What the streams are made of. The model stays the caller's to close. */
export interface HeadStreamParts {
	readonly model: Pick<Model, "identity" | "headRows" | "session">;
	readonly tokenizer: Pick<Tokenizer, "bosId" | "encode" | "vocabSize" | "pieceOf" | "independentWords">;
	readonly heads: HeadsFile;
}

/** Text that one read takes on, UTF-16 units: long enough for a run of a few milliseconds, short enough for others to follow. */
const MOST_READ = 512;

/** Throws `invalid_model` where the tokenizer's words depend on each other, so that a text cannot be read word by word. */
export function createHeadStreams({ model, tokenizer, heads }: HeadStreamParts): StreamScorer {
	const prependsSpace = checkWords(tokenizer);
	const clauseEnds = findClauseEnds(piecesOf(tokenizer));
	return {
		model: model.identity,
		check: (policy) => void toMeasured(policy, heads),
		async open(policies) {
			const measured = policies.map((policy) => toMeasured(policy, heads));
			const session = await model.session({ outputs: "heads", keepsIds: false });
			const shared = { tokenizer, heads, width: model.headRows, clauseEnds, prependsSpace };
			return new HeadStream({ ...shared, session, measured });
		},
	};
}

interface StreamParts {
	readonly session: Session;
	readonly tokenizer: HeadStreamParts["tokenizer"];
	readonly heads: HeadsFile;
	readonly measured: readonly Measured[];
	/** Head outputs per token. */
	readonly width: number;
	readonly clauseEnds: ClauseEnds;
	/** Whether the tokenizer puts a space before a text, as it stands before every other word. */
	readonly prependsSpace: boolean;
}

/** A prefix with the tokens of its unsettled part. */
interface Step extends CutPoint {
	readonly ids: readonly number[];
}

class HeadStream implements ScoreStream {
	readonly #parts: StreamParts;
	readonly #cutter: TextCutter;
	readonly #pool: HeadPool;
	/** Ids that the session has not read yet, and that every further call begins with. */
	#first: readonly number[];
	/** Whether the next part comes behind words. */
	#isBehind = false;
	/** How the settled words were written, as the folding of what follows needs to know. */
	#manner: Manner | undefined;
	/** Tokens settled, `<bos>` not counted. */
	#tokens = 0;
	#failure: unknown;

	constructor(parts: StreamParts) {
		this.#parts = parts;
		this.#cutter = createTextCutter(parts.clauseEnds);
		this.#pool = createHeadPool(parts.heads.labels.length, parts.heads.score_clip);
		this.#first = [parts.tokenizer.bosId];
	}

	push(delta: string): void {
		this.#cutter.push(delta);
	}

	end(): void {
		this.#cutter.end();
	}

	async read(options: CallOptions = {}): Promise<readonly PrefixScore[]> {
		if (this.#failure !== undefined) throw this.#failure;
		const steps = this.#cut();
		const rides = findRides(steps);
		const scores: PrefixScore[] = [];
		let together: Step[] = [];
		for (const [i, step] of steps.entries()) {
			if (rides[i]) together.push(step);
			else {
				await this.#settle(together, scores, options);
				together = [];
				scores.push(await this.#look(step, options));
			}
		}
		await this.#settle(together, scores, options);
		return scores;
	}

	close(): Promise<void> {
		return this.#parts.session.close();
	}

	/** A failure is kept for the next read where prefixes before it can be scored. */
	#cut(): Step[] {
		const steps: Step[] = [];
		let units = 0;
		try {
			while (units < MOST_READ) {
				const point = this.#cutter.next();
				if (point === undefined) break;
				units += point.settles ? point.text.length : 0;
				const { ids, manner } = this.#encode(point);
				steps.push({ ...point, ids });
				if (!point.settles) continue;
				this.#manner = manner;
				if (ids.length > 0) this.#isBehind = true;
			}
		} catch (error) {
			this.#failure = error;
			if (steps.length === 0) throw error;
		}
		return steps;
	}

	/** The ids of a part, without those of its context, and how its last words were written. */
	#encode(point: CutPoint): { ids: readonly number[]; manner: Manner } {
		const folded = normalizeText(point.text, this.#manner);
		return { ids: folded.text === "" ? [] : this.#toIds(folded, point.context), manner: folded.manner };
	}

	#toIds(folded: NormalizedText, context: number): readonly number[] {
		const { tokenizer, prependsSpace } = this.#parts;
		const lacksSpace = context === 0 && this.#isBehind && !prependsSpace;
		const { ids, starts, ends } = tokenizer.encode(lacksSpace ? ` ${folded.text}` : folded.text);
		if (context === 0) return [...ids];
		const units = folded.starts.findIndex((start) => start >= context);
		const known = units < 0 ? folded.text.length : units;
		const from = starts.findIndex((start) => start >= known);
		const first = from < 0 ? ids.length : from;
		if (first > 0 && ends[first - 1]! > known)
			throw new SluiceError("inference_failed", { detail: "a token reaches across a place where the text was cut" });
		return [...ids.subarray(first)];
	}

	/** Reads the parts of settling steps for good, and scores these and the steps that ride with them. */
	async #settle(steps: readonly Step[], scores: PrefixScore[], options: CallOptions): Promise<void> {
		if (steps.length === 0) return;
		const ids = [...this.#first, ...steps.flatMap((step) => (step.settles ? step.ids : []))];
		const rows = ids.length === 0 ? NOTHING : await this.#append(ids, options);
		let row = 0;
		const upTo = (end: number): void => {
			for (; row < end; row++) this.#pool.push(rows, row * this.#parts.width);
		};
		let base = this.#first.length;
		this.#first = [];
		for (const step of steps) {
			upTo(base + step.ids.length);
			scores.push(this.#score(step, this.#pool, this.#tokens + step.ids.length));
			if (!step.settles) continue;
			base += step.ids.length;
			this.#tokens += step.ids.length;
		}
	}

	async #append(ids: readonly number[], options: CallOptions): Promise<Float32Array> {
		try {
			return (await this.#parts.session.append(ids, options)).heads!;
		} catch (error) {
			this.#failure = error; // the cutter is ahead of the state now
			throw error;
		}
	}

	/** Scores a step beside the state. */
	async #look(step: Step, options: CallOptions): Promise<PrefixScore> {
		const ids = [...this.#first, ...step.ids];
		const pool = this.#pool.fork();
		try {
			const rows = ids.length === 0 ? NOTHING : await this.#parts.session.heads(ids, options);
			for (let row = 0; row < ids.length; row++) pool.push(rows, row * this.#parts.width);
		} catch (error) {
			this.#failure = error;
			throw error;
		}
		return this.#score(step, pool, this.#tokens + step.ids.length);
	}

	#score({ end }: CutPoint, pool: HeadPool, tokens: number): PrefixScore {
		const logits = pool.logits();
		const risks = Object.fromEntries(this.#parts.measured.map((policy) => [policy.id, toRisk(policy, logits)]));
		return { end, risks, tokens };
	}
}

const NOTHING = new Float32Array();

/**
 * Which steps are answered by the run that settles their part: the settling ones, and before each those whose tokens the next
 * one's begin with.
 */
function findRides(steps: readonly Step[]): boolean[] {
	const rides: boolean[] = [];
	for (let i = steps.length - 1; i >= 0; i--) {
		const { settles, ids } = steps[i]!;
		const next = steps[i + 1]?.ids ?? [];
		rides[i] = settles || (rides[i + 1] === true && ids.length <= next.length && ids.every((id, k) => id === next[k]));
	}
	return rides;
}

/** Whether the tokenizer puts a space before a text. Throws where words cannot be encoded one by one. */
function checkWords({ encode, independentWords }: HeadStreamParts["tokenizer"]): boolean {
	const behind = encode("a b").ids.subarray(encode("a").ids.length);
	if (independentWords && isSame(encode("b").ids, behind)) return true;
	if (independentWords && isSame(encode(" b").ids, behind)) return false;
	throw new SluiceError("invalid_model", {
		detail: "the tokenizer's words depend on each other; texts cannot be followed word by word",
	});
}

function isSame(a: Int32Array, b: Int32Array): boolean {
	return a.length === b.length && a.every((id, i) => id === b[i]);
}

function* piecesOf({ vocabSize, pieceOf }: Pick<Tokenizer, "vocabSize" | "pieceOf">): Generator<string> {
	for (let id = 0; id < vocabSize; id++) {
		const piece = pieceOf(id);
		if (typeof piece === "string") yield piece;
	}
}
