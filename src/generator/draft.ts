/**
 * A generation that can be taken back in part: its model's caches go back to a token, the token that followed there is
 * forbidden at its place, and reading goes on from what was kept. The text is always the one that a generation under the
 * same bans would have had at once. Knows nothing of why it is taken back.
 */
import type { GeneratedToken, GenerateOptions, Model, Session, TokenStream } from "../engine/index.ts";
import { randomSeed } from "../engine/sampling.ts";
import { SluiceError } from "../errors.ts";
import { createDetokenizer } from "../tokenizer/detokenize.ts";
import type { Tokenizer } from "../tokenizer/index.ts";
import type { TextOptions } from "./generator.ts";
import { encodePrompt, findStopTokens, type Prompt } from "./prompt.ts";
import { parseStopStrings } from "./stop-matcher.ts";
import { createTextStream, type Detokenizer, type TextStream } from "./text-stream.ts";

/** What a draft is made of. */
export interface DraftParts {
	readonly model: Pick<Model, "session" | "contextSize">;
	readonly tokenizer: Tokenizer;
}

/** Options of {@link openDraft}. */
export interface DraftOptions extends Omit<TextOptions, "firstIndex" | "forbid"> {
	/** States of a recurrent model that are kept, one a token, so that going back so far reads nothing again. Default 8. */
	readonly checkpoints?: number | undefined;
}

/** A part of the text that was taken back. */
export interface TakenBack {
	/** Tokens that were kept, and those of the text that were taken back. */
	readonly kept: number;
	readonly tokens: number;
	/** The id that is forbidden behind the kept ones from now on. */
	readonly forbidden: number;
}

/** See the header. UTF-16 offsets in the generated text. */
export interface Draft {
	/** The text from its begin, what was kept of it at once. Ends a reading that is still under way. */
	read(): TextStream;
	/** Where the tokens of the text end that have been read, ascending. */
	readonly ends: readonly number[];
	/** Tokens drawn so far, those taken back included. */
	readonly drawnTokens: number;
	/** Tokens of the prompt. */
	readonly promptTokens: number;
	/**
	 * Takes back the first token that reaches beyond `from`, and all behind it, but none that begins before `floor`; undefined
	 * where that leaves nothing to take back. Further tokens in front of it go too where `more` asks for so many.
	 */
	takeBack(place: {
		readonly from: number;
		readonly floor: number;
		readonly more?: number;
	}): Promise<TakenBack | undefined>;
	/** Frees the caches. */
	close(): Promise<void>;
}

/**
 * Opens it; nothing is drawn before it is read. Rejects with `invalid_request`, and `text_too_long` or `overloaded` where the
 * model has no room for a session of so many tokens.
 */
export async function openDraft({ model, tokenizer }: DraftParts, prompt: Prompt, given: DraftOptions): Promise<Draft> {
	const { stop, checkpoints = 8, ...options } = given;
	const { stopTokens = findStopTokens(tokenizer), seed = randomSeed() } = options;
	// without tokens to draw, nothing would ask the session, which checks all else
	if (!Number.isInteger(options.maxTokens) || options.maxTokens < 1)
		throw new SluiceError("invalid_request", {
			detail: "maxTokens must be a whole number from 1",
			pointer: "/maxTokens",
		});
	const ids = Array.from(encodePrompt(tokenizer, prompt));
	const strings = parseStopStrings(stop);
	const room = model.contextSize ?? Number.MAX_SAFE_INTEGER;
	if (ids.length > room) {
		const detail = `${ids.length} ids exceed the model's context of ${room}`;
		throw new SluiceError("text_too_long", { detail, pointer: "/ids" });
	}
	const session = await model.session({ maxTokens: Math.min(ids.length + options.maxTokens, room), checkpoints });
	return new SessionDraft({ session, tokenizer, ids, strings, options: { ...options, stopTokens, seed } });
}

interface Parts {
	readonly session: Session;
	readonly tokenizer: Tokenizer;
	/** Of the prompt. */
	readonly ids: readonly number[];
	readonly strings: readonly string[];
	readonly options: GenerateOptions & { readonly seed: number };
}

/** A reading under way: how to end it, and when it has ended. */
interface Reading {
	readonly leave: AbortController;
	readonly done: Promise<void>;
}

class SessionDraft implements Draft {
	readonly #parts: Parts;
	readonly #tokens: GeneratedToken[] = [];
	#ends: number[] = [];
	/** Ids forbidden by the number of the token, behind the tokens that stand before it now. */
	readonly #forbidden = new Map<number, number[]>();
	#reading: Reading | undefined;
	#drawn = 0;

	constructor(parts: Parts) {
		this.#parts = parts;
	}

	get ends(): readonly number[] {
		return this.#ends;
	}

	get drawnTokens(): number {
		return this.#drawn;
	}

	get promptTokens(): number {
		return this.#parts.ids.length;
	}

	read(): TextStream {
		const { tokenizer, strings, ids, options } = this.#parts;
		return createTextStream({
			start: () => this.#replay(),
			detokenizer: this.#recordEnds(createDetokenizer(tokenizer, { continues: true })),
			stop: strings,
			seed: options.seed,
			promptTokens: ids.length,
			limits: options,
		});
	}

	async takeBack({
		from,
		floor,
		more = 0,
	}: {
		from: number;
		floor: number;
		more?: number;
	}): Promise<TakenBack | undefined> {
		const kept = this.#findToken(from, floor, more);
		const token = kept === undefined ? undefined : this.#tokens[kept];
		if (kept === undefined || token === undefined) return undefined;
		const tokens = this.#tokens.length - kept;
		await this.#endReading("the text was taken back");
		this.#tokens.length = kept;
		this.#ends = this.#ends.slice(0, kept);
		for (const index of this.#forbidden.keys()) if (index > kept) this.#forbidden.delete(index);
		this.#forbidden.set(kept, [...(this.#forbidden.get(kept) ?? []), token.id]);
		return { kept, tokens, forbidden: token.id };
	}

	async close(): Promise<void> {
		this.#reading?.leave.abort(new SluiceError("aborted", { detail: "the draft was closed" }));
		await this.#parts.session.close();
	}

	/** The first token to go. A character of several tokens goes as a whole. */
	#findToken(from: number, floor: number, more: number): number | undefined {
		const startOf = (token: number): number => this.#ends[token - 1] ?? 0;
		let token = this.#ends.findIndex((end, i) => end > from && startOf(i) >= floor);
		if (token < 0) return undefined;
		for (let left = more; left > 0 && token > 0 && startOf(token - 1) >= floor; left--) token--;
		while (token > 0 && this.#ends[token - 1] === startOf(token - 1)) token--;
		return token;
	}

	async #endReading(why: string): Promise<void> {
		const reading = this.#reading;
		this.#reading = undefined;
		reading?.leave.abort(new SluiceError("aborted", { detail: why }));
		await reading?.done;
	}

	/** Leaves in the session what comes before the last of so many ids: that one is read for what follows it. */
	async #rewind(length: number): Promise<void> {
		const { session } = this.#parts;
		if (session.length === 0) return;
		await session.rollback(0); // what is still under way decides its length
		if (session.length >= length) await session.rollback(session.length - length + 1);
	}

	#recordEnds({ push, end }: Detokenizer): Detokenizer {
		const ends: number[] = [];
		this.#ends = ends;
		let length = 0;
		return {
			push(id) {
				const text = push(id);
				length += text.length;
				ends.push(length);
				return text;
			},
			end,
		};
	}

	/** The tokens kept, then those drawn from there. */
	#replay(): TokenStream {
		const finished = Promise.withResolvers<Awaited<TokenStream["finished"]>>();
		finished.promise.catch(() => {}); // the reader sees it too
		const over = Promise.withResolvers<void>();
		const leave = new AbortController();
		const ending = this.#endReading("the text is read anew");
		this.#reading = { leave, done: over.promise };
		const draw = (): Promise<TokenStream | undefined> => this.#drawOn(leave.signal);
		const count = (): void => void this.#drawn++;
		const [tokens, { seed }] = [this.#tokens, this.#parts.options];
		async function* replay(): AsyncGenerator<GeneratedToken> {
			try {
				await ending;
				for (let i = 0; i < tokens.length; i++) yield tokens[i]!;
				const drawn = await draw();
				for await (const token of drawn ?? []) {
					count();
					tokens.push(token);
					yield token;
				}
				const reason = drawn === undefined ? "length" : (await drawn.finished).reason;
				finished.resolve({ reason, tokens: tokens.length, seed });
			} catch (error) {
				finished.reject(error);
				throw error;
			} finally {
				over.resolve();
			}
		}
		return { finished: finished.promise, [Symbol.asyncIterator]: replay };
	}

	/** Undefined where the text has all tokens that it may have. */
	async #drawOn(leave: AbortSignal): Promise<TokenStream | undefined> {
		const { session, ids, options } = this.#parts;
		const left = options.maxTokens - this.#tokens.length;
		if (left === 0) return undefined;
		const all = [...ids, ...this.#tokens.map(({ id }) => id)];
		await this.#rewind(all.length);
		return session.generate(all.slice(session.length), {
			...options,
			maxTokens: left,
			firstIndex: this.#tokens.length,
			forbid: this.#forbidden,
			signal: options.signal === undefined ? leave : AbortSignal.any([options.signal, leave]),
		});
	}
}
