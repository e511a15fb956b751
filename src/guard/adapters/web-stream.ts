/** Guarded web streams: of strings, of UTF-8 bytes. Cancelling the guarded stream cancels the source. */
import type { AdapterOptions } from "../parts/adapter-options.ts";
import { guardPlainText, guardTextBytes } from "../parts/guard-bytes.ts";
import { readChunks, toStream } from "../parts/iterate.ts";

/** Strings. Fails with `source_failed` or the source's own SluiceError after the text that was judged. */
export function guardTextStream(stream: ReadableStream<string>, options: AdapterOptions): ReadableStream<string> {
	return toStream(guardPlainText(readChunks(stream), options));
}

/** Bytes of UTF-8, cut anywhere; other bytes fail with `source_failed`. */
export function guardByteStream(
	stream: ReadableStream<Uint8Array>,
	options: AdapterOptions,
): ReadableStream<Uint8Array> {
	return toStream(guardTextBytes(readChunks(stream), options));
}
