/**
 * Where OpenAI's chat completions and legacy completions have the model's words: in the message of an answer, in the delta of a
 * chunk, for every choice. https://platform.openai.com/docs/api-reference/chat
 */
import type { PartText } from "./guard-parts.ts";
import { isJsonObject, type JsonObject, stringsOf } from "./json.ts";

/** An answer or a chunk. */
export interface ChatObject extends JsonObject {
	readonly choices: readonly JsonObject[];
}

/** Whether a value has choices. */
export function isChatObject(value: unknown): value is ChatObject {
	return isJsonObject(value) && Array.isArray(value.choices) && value.choices.every(isJsonObject);
}

/** A text, and how to replace it in the copy that `editTexts` makes. */
interface Place extends PartText {
	readonly set: (text: string) => void;
}

/** Fields with the model's words; DeepSeek, vLLM and OpenRouter have the reasoning. */
const FIELDS = ["content", "refusal", "reasoning_content", "reasoning"] as const;
const KNOWN: ReadonlySet<string> = new Set([...FIELDS, "role", "tool_calls", "function_call"]);

type Fields = Record<string, unknown>;

function* placesOf(choice: Fields): Generator<Place> {
	const index = typeof choice.index === "number" ? choice.index : 0;
	const at = (surface: string, holder: Fields, field: string, isExact = false): Place[] => {
		const text = holder[field];
		if (typeof text !== "string") return [];
		return [{ surface: `${index}/${surface}`, text, isExact, set: (other) => (holder[field] = other) }];
	};
	yield* at("content", choice, "text");
	const said = choice.delta ?? choice.message;
	if (!isJsonObject(said)) return;
	const message = said as Fields;
	for (const field of FIELDS) yield* at(field, message, field);
	if (Array.isArray(message.content))
		for (const [i, part] of message.content.entries())
			if (isJsonObject(part)) yield* at(`content/${i}`, part as Fields, "text");
	const calls = Array.isArray(message.tool_calls) ? message.tool_calls : [];
	for (const [i, call] of calls.entries()) {
		if (!isJsonObject(call)) continue;
		const inner = call.function ?? call.custom;
		const surface = `tool/${typeof call.index === "number" ? call.index : i}`;
		if (isJsonObject(inner)) yield* at(surface, inner as Fields, "function" in call ? "arguments" : "input", true);
	}
	if (isJsonObject(message.function_call)) yield* at("function", message.function_call as Fields, "arguments", true);
	const others = Object.entries(message).filter(([name]) => !KNOWN.has(name));
	const unknown = stringsOf(Object.fromEntries(others));
	const drop = (): void => others.forEach(([name]) => void delete message[name]);
	if (unknown !== "") yield { surface: `${index}/other`, text: unknown, isExact: true, set: drop };
}

/** All texts of an answer or a chunk. */
export function readTexts({ choices }: ChatObject): readonly PartText[] {
	return choices.flatMap((choice) => [...placesOf(choice as Fields)]);
}

/** A copy with other texts, in the order of `readTexts`. */
export function editTexts<C extends ChatObject>(object: C, texts: readonly string[]): C {
	const copy = structuredClone(object);
	const places = copy.choices.flatMap((choice) => [...placesOf(choice as Fields)]);
	for (const [i, place] of places.entries()) if (texts[i] !== place.text) place.set(texts[i]!);
	for (const choice of copy.choices) if ("logprobs" in choice) (choice as Fields).logprobs = null; // they repeat the words
	return copy;
}
