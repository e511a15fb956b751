/** Bodies of HTTP answers under the guard, by their kind: plain text, server-sent events. Bytes in, bytes out. */
import { isSluiceError, type SluiceError } from "../../errors.ts";
import type { GuardEvent } from "../events.ts";
import { guardStream } from "../guard-stream.ts";
import type { TextSource } from "../source.ts";
import { type AdapterOptions, REPLACEMENT, toGuardOptions } from "./adapter-options.ts";
import { createEventFormat } from "./event-format.ts";
import { createEvent, decodeUtf8, readEvents, type ServerEvent } from "./event-stream.ts";
import { guardParts, toSourceError } from "./guard-parts.ts";
import { through } from "./iterate.ts";

const encoder = new TextEncoder();

/** Plain text; ends with the refusal, or without a word, where it is stopped. */
export function guardPlainText(source: TextSource, options: AdapterOptions): AsyncIterableIterator<string, void, void> {
	const { refusal, replacement = REPLACEMENT } = options;
	return through(
		guardStream(source, toGuardOptions(options, "text")),
		async function* (events: AsyncIterable<GuardEvent>) {
			for await (const event of events)
				if (event.type === "text") yield event.text;
				else if (event.type === "redaction" && event.released === 0) yield replacement;
				else if (event.type === "end" && event.report.action === "block" && refusal !== undefined) yield refusal;
		},
	);
}

/** The same over UTF-8. */
export function guardTextBytes(
	source: AsyncIterable<Uint8Array>,
	options: AdapterOptions,
): AsyncIterableIterator<Uint8Array, void, void> {
	return through(guardPlainText(decodeUtf8(source), options), async function* (texts: AsyncIterable<string>) {
		for await (const text of texts) yield encoder.encode(text);
	});
}

/** Server-sent events; an error becomes one last event, since a reader of events would take a broken end for a lost line. */
export function guardEventBytes(
	source: AsyncIterable<Uint8Array>,
	options: AdapterOptions,
): AsyncIterableIterator<Uint8Array, void, void> {
	const guarded = guardParts(readEvents(decodeUtf8(source)), createEventFormat(options.refusal), options);
	return through(guarded, async function* (events: AsyncIterable<ServerEvent>) {
		try {
			for await (const { raw } of events) yield encoder.encode(raw);
		} catch (error) {
			if (isSluiceError(error) && error.code === "aborted") throw error;
			yield encoder.encode(createEvent(JSON.stringify(toErrorBody(toSourceError(error)))).raw);
		}
	});
}

/** OpenAI's error object, as its clients expect it in a stream. */
function toErrorBody({ code, detail }: SluiceError): object {
	return { error: { message: detail, type: "server_error", param: null, code } };
}
