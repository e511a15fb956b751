/**
 * The source of a guarded stream, one delta asked for at a time: it is never asked for more than the guard has room for, and
 * it is told at once when nobody wants more.
 */
import { SluiceError } from "../errors.ts";

/** Text deltas, or what makes them; the signal is aborted when the guard wants no more. */
export type TextSource = AsyncIterable<string> | ((signal: AbortSignal) => AsyncIterable<string>);

/** See the header. */
export interface Source {
	/** Asks for the next delta, where none is on its way; a callback gets it, its end, or its failure. */
	pull(): void;
	readonly isDone: boolean;
	/** Wants no more; does not wait for a delta that is on its way. */
	stop(): void;
}

/** What becomes of a delta. */
export interface SourceCalls {
	delta(text: string): void;
	end(): void;
	fail(error: unknown): void;
	/** Longest that a delta may take. */
	readonly timeoutMs?: number | undefined;
}

/** Opens the source with its first pull. */
export function createSource(from: TextSource, calls: SourceCalls): Source {
	const leaving = new AbortController();
	let iterator: AsyncIterator<string> | undefined;
	let isPending = false;
	let isDone = false;
	let timer: NodeJS.Timeout | undefined;
	const fail = (error: unknown): void => {
		close();
		calls.fail(error);
	};
	const late = (): void =>
		fail(
			new SluiceError("source_failed", { detail: `the source of the stream gave nothing for ${calls.timeoutMs} ms` }),
		);
	const settle = (): void => {
		isPending = false;
		clearTimeout(timer);
	};
	const read = async (): Promise<void> => {
		try {
			iterator ??= (typeof from === "function" ? from(leaving.signal) : from)[Symbol.asyncIterator]();
			const { value, done } = await iterator.next();
			settle();
			if (isDone) return;
			if (done === true) {
				isDone = true;
				calls.end();
			} else if (typeof value === "string") calls.delta(value);
			else
				throw new SluiceError("source_failed", { detail: "the source of the stream gave something that is not text" });
		} catch (error) {
			settle();
			if (!isDone) fail(error);
		}
	};
	const close = (): void => {
		isDone = true;
		clearTimeout(timer);
		leaving.abort();
		try {
			iterator?.return?.()?.then(undefined, () => {}); // nobody is left who would want to know
		} catch {}
	};
	return {
		pull() {
			if (isPending || isDone) return;
			isPending = true;
			if (calls.timeoutMs !== undefined) timer = setTimeout(late, calls.timeoutMs);
			void read();
		},
		get isDone() {
			return isDone;
		},
		stop() {
			if (!isDone) close();
		},
	};
}
