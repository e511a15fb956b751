/**
 * Tokens as text: whole characters only, ended by stop strings, each piece with the tokens it came from. Knows neither prompts
 * nor vocabularies.
 */
import type { FinishReason, GeneratedToken, TokenStream } from "../engine/generation.ts";
import { SluiceError } from "../errors.ts";
import type { CallOptions } from "../types.ts";
import { createStopMatcher } from "./stop-matcher.ts";

/** A generated token and the part of the generated text that became certain with it. */
export interface TextToken extends GeneratedToken {
	/** UTF-16 offsets in the generated text, end exclusive. Equal for a token that gives no text or part of a character. */
	readonly start: number;
	readonly end: number;
}

/** A piece of generated text. The pieces follow each other without gaps. */
export interface TextDelta {
	readonly text: string;
	/** UTF-16 offsets in the generated text, end exclusive. */
	readonly start: number;
	readonly end: number;
	/**
	 * The tokens whose text begins in this piece, and those without text before it. The last piece may be empty and bring the
	 * tokens left over. Tokens that lie in a stop string as a whole are in no piece.
	 */
	readonly tokens: readonly TextToken[];
}

/** How a generation ended. */
export interface GenerationResult {
	/** `stop` for stop tokens and stop strings. */
	readonly reason: FinishReason;
	/** The stop string that was found. */
	readonly stop?: string | undefined;
	/** Draws the same text again. */
	readonly seed: number;
	/** Tokens read and tokens generated, a stop token not among them. */
	readonly usage: { readonly promptTokens: number; readonly completionTokens: number };
}

/** Generated text, to be read once; leaving the loop ends the generation. An error rejects the iteration. */
export interface TextStream extends AsyncIterable<TextDelta> {
	/** Settles when the iteration ends: with the error that it rejects with, `aborted` where the loop was left early. */
	readonly finished: Promise<GenerationResult>;
}

/** Turns ids into text, whole characters at a time. */
export interface Detokenizer {
	push(id: number): string;
	end(): string;
}

/** What a text stream is made of. */
export interface TextStreamParts {
	/** Starts the generation; called when the first piece is asked for. */
	start(): TokenStream;
	readonly detokenizer: Detokenizer;
	/** Stop strings, checked. */
	readonly stop: readonly string[];
	readonly seed: number;
	readonly promptTokens: number;
	readonly limits: Pick<CallOptions, "deadlineMs" | "signal">;
}

/** The stream. Nothing runs before it is read. */
export function createTextStream(parts: TextStreamParts): TextStream {
	const { promise: finished, resolve, reject } = Promise.withResolvers<GenerationResult>();
	finished.catch(() => {}); // the iteration rejects too
	let begun = false;
	async function* read(): AsyncGenerator<TextDelta> {
		if (begun) throw new SluiceError("invalid_request", { detail: "a generation can be read only once" });
		begun = true;
		try {
			resolve(yield* readText(parts));
		} catch (error) {
			reject(error);
			throw error;
		} finally {
			// without effect where it has settled
			reject(new SluiceError("aborted", { detail: "the reader left before the end of the text" }));
		}
	}
	return { finished, [Symbol.asyncIterator]: read };
}

async function* readText(parts: TextStreamParts): AsyncGenerator<TextDelta, GenerationResult> {
	const { detokenizer, stop: stopStrings, limits, seed, promptTokens } = parts;
	const matcher = createStopMatcher(stopStrings);
	const pieces = createPieces();
	const toResult = (reason: FinishReason, stop?: string): GenerationResult => {
		const usage = { promptTokens, completionTokens: pieces.count };
		return stop === undefined ? { reason, seed, usage } : { reason, stop, seed, usage };
	};
	checkLimits(limits);
	const tokens = parts.start();
	tokens.finished.catch(() => {}); // the iteration rejects too
	for await (const token of tokens) {
		checkLimits(limits);
		const text = detokenizer.push(token.id);
		pieces.add(token, text.length);
		const { text: released, stop } = matcher.push(text);
		if (released !== "") yield pieces.take(released);
		if (stop !== undefined) return toResult("stop", stop);
		checkLimits(limits);
	}
	const { reason } = await tokens.finished;
	const rest = detokenizer.end();
	pieces.extend(rest.length);
	const { text: released, stop } = matcher.push(rest);
	const last = stop === undefined ? released + matcher.end() : released;
	if (last !== "" || (stop === undefined && pieces.waiting)) yield pieces.take(last, stop === undefined);
	return stop === undefined ? toResult(reason) : toResult("stop", stop);
}

function checkLimits({ signal, deadlineMs }: Pick<CallOptions, "deadlineMs" | "signal">): void {
	if (signal?.aborted) throw new SluiceError("aborted", { detail: "the caller went away" });
	if (deadlineMs !== undefined && deadlineMs <= performance.now())
		throw new SluiceError("deadline_exceeded", { detail: "the deadline passed before the text was done" });
}

interface Pieces {
	/** Tokens added so far. */
	readonly count: number;
	/** Whether a token is in no piece yet. */
	readonly waiting: boolean;
	add(token: GeneratedToken, length: number): void;
	/** More text of the last token. */
	extend(length: number): void;
	/** The next piece, with the tokens that begin in it, or with all that wait. */
	take(text: string, all?: boolean): TextDelta;
}

function createPieces(): Pieces {
	let waiting: TextToken[] = [];
	let count = 0;
	let added = 0;
	let taken = 0;
	return {
		get count() {
			return count;
		},
		get waiting() {
			return waiting.length > 0;
		},
		add(token, length) {
			waiting.push({ ...token, start: added, end: added + length });
			added += length;
			count++;
		},
		extend(length) {
			const last = waiting.pop();
			added += length;
			if (last !== undefined) waiting.push({ ...last, end: added });
		},
		take(text, all = false) {
			const start = taken;
			taken += text.length;
			const kept = all ? -1 : waiting.findIndex((token) => token.start >= taken);
			const tokens = kept < 0 ? waiting : waiting.slice(0, kept);
			waiting = kept < 0 ? [] : waiting.slice(kept);
			return { text, start, end: taken, tokens };
		},
	};
}
