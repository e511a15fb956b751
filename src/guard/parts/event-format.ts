/**
 * Where server-sent events have a model's words: chunks of OpenAI's chat shape, events with a `delta` (OpenAI's Responses,
 * Anthropic's messages, the AI SDK's UI streams), plain text. Of any other JSON all strings of an event are judged together.
 */
import type { GuardReport } from "../events.ts";
import { type ChatObject, editTexts, isChatObject, readTexts } from "./chat-texts.ts";
import { createEvent, type ServerEvent, withData } from "./event-stream.ts";
import type { PartFormat, PartReading } from "./guard-parts.ts";
import { isJsonObject, type JsonObject, parseJson, stringsOf } from "./json.ts";

const DONE = "[DONE]";
const ALL = (): boolean => true;

/** A format for one stream; it remembers which choices are still open. */
export function createEventFormat(refusal: string | undefined): PartFormat<ServerEvent> {
	let last: ChatObject | undefined;
	const open = new Set<number>();
	const readChat = (chunk: ChatObject): PartReading => {
		last = chunk;
		const finished = new Set<number>();
		for (const { index = 0, finish_reason } of chunk.choices) {
			open.add(index as number);
			if (typeof finish_reason === "string") finished.add(index as number);
		}
		for (const index of finished) open.delete(index);
		const ends = (surface: string): boolean => finished.has(Number.parseInt(surface, 10));
		return { texts: readTexts(chunk), ends, isLoose: finished.size === 0 && chunk.choices.length > 0 };
	};
	return {
		read({ data }) {
			if (data === undefined) return { texts: [], isLoose: true };
			if (data.trim() === DONE) return { texts: [], ends: ALL, isLoose: false };
			const value = parseJson(data);
			if (isChatObject(value)) return readChat(value);
			if (!isJsonObject(value))
				return { texts: [{ surface: "text", text: typeof value === "string" ? value : data }], isLoose: true };
			return readDelta(value) ?? readStrings(value);
		},
		withTexts(event, texts) {
			const value = parseJson(event.data!);
			if (isChatObject(value)) return withData(event, JSON.stringify(editTexts(value, texts)));
			if (!isJsonObject(value))
				return withData(event, typeof value === "string" ? JSON.stringify(texts[0]!) : texts[0]!);
			return withData(event, JSON.stringify(withDelta(value, texts[0]!)));
		},
		close(report, surface, left) {
			const chunk = last;
			const said = refusal === undefined ? [] : [createEvent(refusal)];
			if (chunk === undefined) return [...said, toNotice(report, surface)];
			for (const { data = "" } of left) for (const index of indicesOf(parseJson(data))) open.add(index);
			if (open.size === 0) open.add(0);
			const ends = [...open].map((index) => createEvent(JSON.stringify(toLastChunk(chunk, index, refusal))));
			return [...ends, createEvent(DONE)];
		},
	};
}

function indicesOf(value: unknown): readonly number[] {
	return isChatObject(value) ? value.choices.map(({ index = 0 }) => index as number) : [];
}

/** The last chunk of a choice that was stopped. */
function toLastChunk(
	{ choices, usage: _, ...rest }: ChatObject,
	index: number,
	refusal: string | undefined,
): JsonObject {
	const isLegacy = choices.some((choice) => "text" in choice);
	const said = isLegacy ? { text: refusal ?? "" } : { delta: refusal === undefined ? {} : { content: refusal } };
	return { ...rest, choices: [{ index, ...said, logprobs: null, finish_reason: "content_filter" }] };
}

/** An event of a name that readers of other formats pass over. */
function toNotice({ reason, blocked }: GuardReport, surface: string): ServerEvent {
	return createEvent(JSON.stringify({ reason, surface, policy: blocked?.policy ?? null }), "content_filter");
}

/** Names that tell the surfaces of one stream apart. */
const IDS = ["id", "item_id", "toolCallId", "output_index", "content_index", "summary_index", "index"] as const;
const WORDS = ["text", "thinking", "partial_json"] as const;

function findDelta(value: JsonObject): { readonly text: string; readonly field: string | undefined } | undefined {
	const { delta, inputTextDelta } = value;
	if (typeof delta === "string") return { text: delta, field: undefined };
	if (typeof inputTextDelta === "string") return { text: inputTextDelta, field: undefined };
	if (!isJsonObject(delta)) return undefined;
	const field = WORDS.find((name) => typeof delta[name] === "string");
	return field && { text: delta[field] as string, field };
}

function idsOf(value: JsonObject): readonly string[] {
	return IDS.map((name) => value[name])
		.filter((id) => typeof id === "string" || typeof id === "number")
		.map(String);
}

function readDelta(value: JsonObject): PartReading | undefined {
	const found = findDelta(value);
	if (found === undefined) return undefined;
	const type = typeof value.type === "string" ? value.type : "delta";
	const surface = [type, found.field ?? "", ...idsOf(value)].join("/");
	const isExact = found.field === "partial_json" || /tool|argument|input/.test(type);
	return { texts: [{ surface, text: found.text, isExact }], isLoose: true };
}

function withDelta(value: JsonObject, text: string): JsonObject {
	const found = findDelta(value);
	if (found === undefined) return value; // its strings are exact: they leave as they are or not at all
	if (found.field !== undefined) return { ...value, delta: { ...(value.delta as JsonObject), [found.field]: text } };
	return typeof value.delta === "string" ? { ...value, delta: text } : { ...value, inputTextDelta: text };
}

const END = /(?:^|[._-])(?:end|done|stop|completed|finish)$/;

/** An event that is more than a delta is judged on its own; an end of its name ends the surfaces of its ids, or all. */
function readStrings(value: JsonObject): PartReading {
	const text = stringsOf(value);
	const isEnd = typeof value.type === "string" && END.test(value.type);
	const ids = idsOf(value).map((id) => `/${id}`);
	const ends = (surface: string): boolean => surface === "event" || (isEnd && ids.every((id) => surface.includes(id)));
	const isLoose = value.type === "ping";
	return { texts: text === "" ? [] : [{ surface: "event", text, isExact: true }], ends, isLoose };
}
