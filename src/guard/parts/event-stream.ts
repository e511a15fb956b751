/**
 * Server-sent events (WHATWG HTML, section 9.2): bytes cut anywhere in, whole events out, each with its exact text, so that an
 * event nobody changed leaves byte for byte as it came. Knows nothing of what is in them.
 */
import { SluiceError } from "../../errors.ts";
import { through } from "./iterate.ts";

/** See the header. */
export interface ServerEvent {
	/** As it came, its blank line included. */
	readonly raw: string;
	/** The joined data lines; undefined for comments and empty events. */
	readonly data: string | undefined;
}

/** Longest event, UTF-16 units. */
const MOST_UNITS = 8 * 1024 * 1024;

/** Text of UTF-8 chunks that may be cut inside a character. Throws `source_failed` where the bytes are not UTF-8. */
export function decodeUtf8(chunks: AsyncIterable<Uint8Array>): AsyncIterableIterator<string, void, void> {
	return through(chunks, toTexts);
}

async function* toTexts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, void> {
	const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
	const decode = (chunk?: Uint8Array): string => {
		try {
			return decoder.decode(chunk, { stream: chunk !== undefined });
		} catch (cause) {
			throw new SluiceError("source_failed", { detail: "the source of the guarded stream is not UTF-8", cause });
		}
	};
	for await (const chunk of chunks) {
		const text = decode(chunk);
		if (text !== "") yield text;
	}
	const rest = decode();
	if (rest !== "") yield rest;
}

/** The events of a text. What stands behind the last blank line counts as an event: some readers take it for one. */
export function readEvents(texts: AsyncIterable<string>): AsyncIterableIterator<ServerEvent, void, void> {
	return through(texts, toEvents);
}

async function* toEvents(texts: AsyncIterable<string>): AsyncGenerator<ServerEvent, void, void> {
	let open = "";
	let line = 0; // where the current line begins
	let from = 0; // looked at up to here
	for await (const text of texts) {
		open += text;
		for (let at = findLineEnd(open, from); at >= 0; at = findLineEnd(open, from)) {
			if (open[at] === "\r" && at + 1 === open.length) break; // its \n may come
			from = at + (open.startsWith("\r\n", at) ? 2 : 1);
			if (at === line) {
				yield toEvent(open.slice(0, from));
				open = open.slice(from);
				from = 0;
			}
			line = from;
		}
		if (open.length > MOST_UNITS)
			throw new SluiceError("source_failed", { detail: `an event has more than ${MOST_UNITS} characters` });
	}
	if (open !== "") yield toEvent(open);
}

function findLineEnd(text: string, from: number): number {
	for (let at = from; at < text.length; at++) {
		const code = text.charCodeAt(at);
		if (code === 0x0a || code === 0x0d) return at;
	}
	return -1;
}

const LINE_END = /\r\n|\n|\r/;
const DATA = /^data(?::|$)/;

function toEvent(raw: string): ServerEvent {
	const lines = raw.replace(/^\uFEFF/, "").split(LINE_END);
	const data = lines.filter((line) => DATA.test(line)).map((line) => line.slice(5).replace(/^ /, ""));
	return { raw, data: data.length === 0 ? undefined : data.join("\n") };
}

/** An event with one's own data, and a name where it needs one. */
export function createEvent(data: string, name?: string): ServerEvent {
	const lines = data.split(LINE_END).map((line) => `data: ${line}\n`);
	return { raw: `${name === undefined ? "" : `event: ${name}\n`}${lines.join("")}\n`, data };
}

/** The event with other data; its name, id and comments stay. */
export function withData({ raw }: ServerEvent, data: string): ServerEvent {
	const kept = raw.split(LINE_END).filter((line) => line !== "" && !DATA.test(line));
	return { raw: kept.map((line) => `${line}\n`).join("") + createEvent(data).raw, data };
}
