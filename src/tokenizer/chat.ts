/**
 * Chat turns as token ids, in the format of Gemma's instruction-tuned models:
 * <bos><start_of_turn>user⏎…<end_of_turn>⏎<start_of_turn>model⏎…<end_of_turn>⏎ (⏎ is a line feed).
 * https://ai.google.dev/gemma/docs/core/prompt-structure
 */
import { SluiceError } from "../errors.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Who speaks. `assistant` is another name of `model`. */
export type ChatRole = "system" | "user" | "model" | "assistant";

/** One turn. `content` is plain text, whatever it spells. */
export interface ChatMessage {
	readonly role: ChatRole;
	readonly content: string;
}

/** Options of {@link encodeChat}. */
export interface ChatOptions {
	/** Whether to open the model's next turn at the end. */
	readonly addGenerationPrompt?: boolean | undefined;
}

/** A turn as it is written. */
interface Turn {
	readonly role: "user" | "model";
	/** Parts of the text; no token spans two. */
	readonly texts: readonly string[];
}

/**
 * The ids of a conversation, <bos> first. User and model take turns, the user begins. Texts are trimmed as the published
 * template does (Python's str.strip). Gemma has no system turn: a system message may come first and stands before the first
 * user text, as Google advises, with an empty line between, as in Gemma 3's template. Each text is encoded by itself as plain
 * text, so none becomes a control token or changes an id of the template. Throws `invalid_request` for an order of roles that
 * the template refuses, `invalid_model` where the vocabulary has no turn tokens.
 */
export function encodeChat(
	tokenizer: Pick<Tokenizer, "bosId" | "encode" | "idOf">,
	messages: readonly ChatMessage[],
	{ addGenerationPrompt = false }: ChatOptions = {},
): Int32Array {
	const start = findToken(tokenizer, "<start_of_turn>");
	const end = findToken(tokenizer, "<end_of_turn>");
	const chunks: ArrayLike<number>[] = [[tokenizer.bosId]];
	const addText = (text: string): unknown => chunks.push(tokenizer.encode(text).ids);
	for (const { role, texts } of toTurns(messages)) {
		chunks.push([start]);
		addText(`${role}\n`);
		for (const text of texts) addText(text);
		chunks.push([end]);
		addText("\n");
	}
	if (addGenerationPrompt) {
		chunks.push([start]);
		addText("model\n");
	}
	const ids = new Int32Array(chunks.reduce((sum, { length }) => sum + length, 0));
	let at = 0;
	for (const chunk of chunks) {
		ids.set(chunk, at);
		at += chunk.length;
	}
	return ids;
}

function findToken({ idOf }: Pick<Tokenizer, "idOf">, token: string): number {
	const id = idOf(token);
	if (id !== undefined) return id;
	throw new SluiceError("invalid_model", { detail: `the vocabulary has no ${token}: the model knows no chat turns` });
}

function toTurns(messages: readonly ChatMessage[]): Turn[] {
	const system = messages[0]?.role === "system" ? [messages[0]] : [];
	const preamble = system.map(({ content }) => strip(content)).filter((text) => text !== "");
	const spoken = messages.slice(system.length);
	if (spoken.length === 0) refuse("a conversation needs a user message", `/messages/${messages.length}`);
	return spoken.map(({ role: name, content }, i): Turn => {
		const role = name === "assistant" ? "model" : name;
		const expected = i % 2 === 0 ? "user" : "model";
		if (role !== expected) {
			const rule = "user and model take turns, the user begins, a system message can only be the first";
			refuse(`this message must be the ${expected}'s: ${rule}`, `/messages/${i + system.length}`);
		}
		const texts = i === 0 ? preamble.map((text) => `${text}\n\n`) : [];
		return { role: expected, texts: [...texts, strip(content)] };
	});
}

function refuse(detail: string, pointer: string): never {
	throw new SluiceError("invalid_request", { detail, pointer });
}

/** Without white space at both ends, as Python counts it: U+001C to U+001F and U+0085 too, U+FEFF not. */
function strip(text: string): string {
	let from = 0;
	let to = text.length;
	while (from < to && isSpace(text.charCodeAt(from))) from++;
	while (to > from && isSpace(text.charCodeAt(to - 1))) to--;
	return text.slice(from, to);
}

function isSpace(unit: number): boolean {
	if (unit === 0xfeff) return false;
	return (unit >= 0x1c && unit <= 0x1f) || unit === 0x85 || String.fromCharCode(unit).trim() === "";
}
