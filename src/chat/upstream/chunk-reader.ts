/**
 * OpenAI's chunks and whole answers, chat and legacy, as steps of an answer. What has no step is left out: a field that nobody
 * judges does not pass. https://platform.openai.com/docs/api-reference/chat-streaming
 */
import { SluiceError } from "../../errors.ts";
import { isJsonObject, type JsonObject } from "../../guard/parts/json.ts";
import type { SourceEvent, SurfaceName, Usage } from "../source.ts";

/** Reads the chunks of one answer in order. */
export interface ChunkReader {
	/** Throws `source_failed` for tool calls that make no sense and choices that failed. */
	read(chunk: JsonObject): Generator<SourceEvent, void, void>;
}

const FIELDS = ["reasoning_content", "reasoning", "content", "refusal"] as const;
const MOST_TOOLS = 128;
/** Reasons of servers beside OpenAI's, as OpenAI would say; those of an answer that failed; any other is a stop. */
const REASONS: Readonly<Record<string, string>> = {
	stop: "stop",
	length: "length",
	model_length: "length",
	max_tokens: "length",
	tool_calls: "tool_calls",
	function_call: "function_call",
	content_filter: "content_filter",
};
const FAILED: ReadonlySet<string> = new Set(["error", "abort", "aborted", "insufficient_system_resource"]);

/** Whether a value is a chunk or an answer. */
export function isAnswer(value: unknown): value is JsonObject {
	return isJsonObject(value) && Array.isArray(value.choices) && value.choices.every(isJsonObject);
}

/** See the header. */
export function createChunkReader(): ChunkReader {
	/** Tool calls that have begun, per choice. */
	const begun = new Set<string>();
	return {
		*read({ choices, usage }) {
			for (const [at, choice] of (choices as JsonObject[]).entries())
				yield* readChoice(choice, typeof choice.index === "number" ? choice.index : at, begun);
			const counts = toUsage(usage);
			if (counts !== undefined) yield { type: "usage", usage: counts };
		},
	};
}

function* readChoice(choice: JsonObject, index: number, begun: Set<string>): Generator<SourceEvent, void, void> {
	const said = choice.delta ?? choice.message;
	const text = toText(choice.text);
	if (text !== "") yield { type: "text", choice: index, surface: "content", text };
	if (isJsonObject(said)) {
		for (const surface of FIELDS) {
			const words = toText(said[surface]);
			if (words !== "") yield { type: "text", choice: index, surface, text: words };
		}
		if (isJsonObject(said.function_call))
			yield* readCall(index, said.function_call, { surface: "function_call", begun });
		const calls = Array.isArray(said.tool_calls) ? said.tool_calls.filter(isJsonObject) : [];
		for (const [at, call] of calls.entries()) {
			const number = typeof call.index === "number" ? call.index : at;
			if (!Number.isInteger(number) || number < 0 || number >= MOST_TOOLS) throw broken("a tool call out of bounds");
			yield* readCall(index, call, { surface: `tool/${number}`, begun });
		}
	}
	const { finish_reason: reason } = choice;
	if (typeof reason !== "string") return;
	if (FAILED.has(reason)) throw broken("a choice that failed");
	yield { type: "finish", choice: index, reason: Object.hasOwn(REASONS, reason) ? REASONS[reason]! : "stop" };
}

function* readCall(
	choice: number,
	call: JsonObject,
	of: { readonly surface: SurfaceName; readonly begun: Set<string> },
): Generator<SourceEvent, void, void> {
	const { surface, begun } = of;
	const kind = isJsonObject(call.custom) ? "custom" : "function";
	const inner = surface === "function_call" ? call : ((call.custom ?? call.function) as unknown);
	const { name, arguments: args, input } = isJsonObject(inner) ? inner : ({} as JsonObject);
	const key = `${choice}/${surface}`;
	if (!begun.has(key)) {
		if (typeof name !== "string" || name === "") throw broken("a tool call without a name");
		begun.add(key);
		const id = typeof call.id === "string" && /^[\w.:-]{1,128}$/.test(call.id) ? call.id : undefined;
		yield { type: "tool", choice, surface, id, name, kind };
	}
	const text = toText(kind === "custom" ? input : args);
	if (text !== "") yield { type: "text", choice, surface, text };
}

/** A string, or the texts of content parts. */
function toText(value: unknown): string {
	if (typeof value === "string") return value;
	if (!Array.isArray(value)) return "";
	return value.map((part) => (isJsonObject(part) && typeof part.text === "string" ? part.text : "")).join("");
}

function toUsage(value: unknown): Usage | undefined {
	if (!isJsonObject(value)) return undefined;
	const entries = Object.entries(value).flatMap(([name, count]): [string, number | Usage][] => {
		if (!/^[a-z_]{1,60}$/.test(name)) return [];
		if (typeof count === "number" && Number.isFinite(count)) return [[name, count]];
		const inner = toUsage(count);
		return inner === undefined ? [] : [[name, inner]];
	});
	return Object.fromEntries(entries);
}

function broken(what: string): SluiceError {
	return new SluiceError("source_failed", { detail: `the upstream sent ${what}` });
}
