/**
 * One generation: draws tokens one after another and hands them to one reader. Works one token ahead of the reader, so that
 * streams that share runs stay in step although their readers do not. Knows no session and no text.
 */
import { SluiceError } from "../errors.ts";
import type { FinishReason, GeneratedToken, TokenStream } from "./generation.ts";
import type { Session } from "./model.ts";
import type { SampledToken } from "./sampling.ts";

/** What a generation is made of. */
export interface TokenSource {
	readonly maxTokens: number;
	/** Number of the first token. */
	readonly firstIndex: number;
	readonly stopTokens: readonly number[];
	readonly seed: number;
	/** Reads the prompt (`previous` undefined) or the token drawn before, and draws the token of this number. */
	draw(index: number, previous: number | undefined, signal: AbortSignal): Promise<Drawn>;
	/** Whether another token can be read. */
	hasRoom(): boolean;
}

/** A token drawn. */
export interface Drawn extends SampledToken {
	readonly hidden?: Float32Array | undefined;
}

interface Reader {
	resolve(result: IteratorResult<GeneratedToken, undefined>): void;
	reject(error: unknown): void;
}

/** Starts drawing when the stream is first read. */
export function createTokenStream(source: TokenSource): TokenStream {
	const finished = Promise.withResolvers<{ reason: FinishReason; tokens: number; seed: number }>();
	finished.promise.catch(() => {}); // the reader sees it too
	const leave = new AbortController();
	const ready: GeneratedToken[] = [];
	let reader: Reader | undefined;
	let wake: (() => void) | undefined;
	let outcome: { readonly error?: unknown } | undefined;
	let isRead = false;

	const offer = (token: GeneratedToken): void => {
		if (reader === undefined) return void ready.push(token);
		const waiting = reader;
		reader = undefined;
		waiting.resolve({ value: token, done: false });
	};
	const finish = (result: { readonly error?: unknown }): void => {
		outcome = result;
		const waiting = reader;
		reader = undefined;
		if ("error" in result) waiting?.reject(result.error);
		else waiting?.resolve({ value: undefined, done: true });
	};
	const run = async (): Promise<FinishReason> => {
		let previous: number | undefined;
		for (let index = source.firstIndex; ; index++) {
			if (ready.length > 1) await new Promise<void>((resolve) => (wake = resolve));
			leave.signal.throwIfAborted();
			const drawn = await source.draw(index, previous, leave.signal);
			if (source.stopTokens.includes(drawn.id)) return "stop";
			offer({ ...drawn, index });
			if (index + 1 - source.firstIndex === source.maxTokens) return "length";
			if (!source.hasRoom()) return "context";
			previous = drawn.id;
		}
	};
	let yielded = 0;
	const start = async (): Promise<void> => {
		try {
			const reason = await run();
			finished.resolve({ reason, tokens: yielded + ready.length, seed: source.seed });
			finish({});
		} catch (error) {
			finished.reject(error);
			finish({ error });
		}
	};
	const next = (): Promise<IteratorResult<GeneratedToken, undefined>> => {
		const token = ready.shift();
		wake?.();
		wake = undefined;
		if (token !== undefined) return Promise.resolve({ value: token, done: false });
		if (outcome !== undefined) {
			if (!("error" in outcome)) return Promise.resolve({ value: undefined, done: true });
			const { error } = outcome;
			outcome = {}; // an error is told once
			return Promise.reject(error);
		}
		const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<GeneratedToken, undefined>>();
		reader = { resolve, reject };
		return promise;
	};
	return {
		finished: finished.promise,
		[Symbol.asyncIterator]() {
			if (isRead) throw new SluiceError("internal", { detail: "a token stream can be read once" });
			isRead = true;
			void start();
			return {
				async next() {
					const result = await next();
					if (!result.done) yielded++;
					return result;
				},
				async return() {
					leave.abort(new SluiceError("aborted", { detail: "the reader left the generation" }));
					ready.length = 0;
					wake?.();
					return { value: undefined, done: true };
				},
			};
		},
	};
}

/** A generation in a session of its own, opened when it is first read and closed when that ends. */
export function streamOf(open: () => Session, generate: (session: Session) => TokenStream): TokenStream {
	const finished = Promise.withResolvers<Awaited<TokenStream["finished"]>>();
	finished.promise.catch(() => {}); // the reader sees it too
	return {
		finished: finished.promise,
		async *[Symbol.asyncIterator]() {
			let session: Session | undefined;
			try {
				session = open();
				const stream = generate(session);
				stream.finished.then(finished.resolve, finished.reject);
				yield* stream;
			} catch (error) {
				finished.reject(error);
				throw error;
			} finally {
				await session?.close();
			}
		},
	};
}
