/** Guarded async iterables: of strings, or of anything that says where its text is. */
import type { AdapterOptions } from "../parts/adapter-options.ts";
import { guardPlainText } from "../parts/guard-bytes.ts";
import { guardParts, type PartFormat } from "../parts/guard-parts.ts";
import type { TextSource } from "../source.ts";

/** Strings. Errors as in guardStream; leaving the iteration ends the source. */
export function guardIterable(source: TextSource, options: AdapterOptions): AsyncIterableIterator<string, void, void> {
	return guardPlainText(source, options);
}

/** Objects with text in them; each leaves unchanged once its text may leave, and is cut where the text was stopped. */
export function guardChunks<P>(
	source: AsyncIterable<P>,
	format: PartFormat<P>,
	options: AdapterOptions,
): AsyncIterableIterator<P> {
	return guardParts(source, format, options);
}
