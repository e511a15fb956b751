/**
 * The generation guard over plain text: a stream of deltas in, only what may be shown out. It stops at a prefix exactly when
 * the classifier says block of that prefix as a whole text. Knows no wire format; adapters do.
 */
import type { GuardEvent } from "./events.ts";
import { GuardRun } from "./guard-run.ts";
import { type GuardOptions, parseGuardOptions } from "./options.ts";
import type { TextSource } from "./source.ts";

/**
 * Guards a stream. The events end with one of type `end`; leaving the iteration ends the source. Throws `invalid_request` or
 * `invalid_policy` at once where an option does not fit; while reading, `source_failed` or the source's own SluiceError after
 * the text that was judged, and `aborted` by the signal. A failure to judge is no error: see {@link GuardOptions.onFailure}.
 */
export function guardStream(source: TextSource, options: GuardOptions): AsyncIterableIterator<GuardEvent> {
	const run = new GuardRun(source, parseGuardOptions(options));
	const events = run.events();
	return {
		next: () => events.next(),
		return() {
			run.leave();
			return events.return();
		},
		throw(error) {
			run.leave();
			return events.throw(error);
		},
		[Symbol.asyncIterator]() {
			return this;
		},
	};
}

/** Options of {@link guardText}. */
export interface GuardTextOptions extends GuardOptions {
	/** What stands in place of text that is left out. Default `[redacted]`. */
	readonly replacement?: string | undefined;
}

/**
 * The text alone. It ends without a word where the guard stopped it, so `onReport` is the place to learn that. In `lag`, text
 * that is to be left out has left already.
 */
export async function* guardText(
	source: TextSource,
	{ replacement = "[redacted]", ...options }: GuardTextOptions,
): AsyncGenerator<string, void, void> {
	for await (const event of guardStream(source, options)) {
		if (event.type === "text") yield event.text;
		else if (event.type === "redaction" && event.released === 0) yield replacement;
	}
}
