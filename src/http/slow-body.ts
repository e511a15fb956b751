/**
 * Clients that send slowly on purpose, or went away without a word: a body that is read whole has one time limit, one too
 * large for that has one for each silence.
 */
import { SluiceError } from "../errors.ts";

/** Time for a body that is read whole. */
export const WHOLE_MS: number = 60_000;
/** Longest silence within a body that is read in pieces. */
const SILENCE_MS = 60_000;

/** What is said of such a body. */
export function slowBody(): SluiceError {
	return new SluiceError("aborted", { detail: "the request's body came too slowly" });
}

/** What `reading` gives; `aborted` when it takes too long. */
export function withTimeLimit<T>(reading: Promise<T>, limitMs: number = WHOLE_MS): Promise<T> {
	return new Promise((resolve, reject) => {
		// made when it is needed: an error with its stack costs more than the reading
		const timer = setTimeout(() => reject(slowBody()), limitMs);
		reading.then(resolve, reject).finally(() => clearTimeout(timer));
	});
}

/** The body's pieces; `aborted` when the client leaves or is silent for too long. */
export async function* withIdleLimit(
	body: ReadableStream<Uint8Array>,
	silenceMs: number = SILENCE_MS,
): AsyncGenerator<Uint8Array> {
	const reader = body.getReader();
	try {
		for (;;) {
			const { done, value } = await withTimeLimit(readNext(reader), silenceMs);
			if (done) return;
			yield value;
		}
	} finally {
		await reader.cancel().catch(() => {});
	}
}

async function readNext(
	reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<ReadableStreamReadResult<Uint8Array>> {
	try {
		return await reader.read();
	} catch (cause) {
		throw new SluiceError("aborted", { detail: "the request ended before its body was complete", cause });
	}
}
