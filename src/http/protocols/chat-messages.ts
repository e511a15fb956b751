/**
 * The texts of a chat's messages, by who says them: content parts, and all strings in fields that are not known, are one text per
 * message, joined by line breaks. A part that is no text is told apart, whatever text it carries along.
 */
import type { InputRole, InputText } from "../../chat/index.ts";
import { SluiceError } from "../../errors.ts";
import { stringsIn } from "./strings-in.ts";

/** A message of a chat, as far as it is read here. */
export interface ChatMessageBody {
	role: string;
	content?: unknown;
	[field: string]: unknown;
}

/** What of a request can be judged, and what cannot. */
export interface MessageTexts {
	/** By role, empty ones left out. */
	readonly texts: readonly InputText[];
	/** Where it has something that is no text and that nobody can judge, by whom. */
	readonly others: readonly { readonly role: InputRole; readonly pointer: string }[];
}

const ROLES: Readonly<Record<string, InputRole>> = {
	system: "system",
	developer: "system",
	user: "user",
	tool: "tool",
	function: "tool",
	assistant: "assistant",
};

/** Kinds of parts, and the field with their text. */
const TEXT_PARTS: Readonly<Record<string, string>> = { text: "text", refusal: "refusal" };

/** Throws `invalid_request` for roles and contents that OpenAI does not have. */
export function readMessages(messages: readonly ChatMessageBody[]): MessageTexts {
	const texts: InputText[] = [];
	const others: { role: InputRole; pointer: string }[] = [];
	for (const [i, message] of messages.entries()) {
		const pointer = `/messages/${i}`;
		const role = Object.hasOwn(ROLES, message.role) ? ROLES[message.role]! : undefined;
		if (role === undefined) throw invalid(`${pointer}/role`, `must be one of ${Object.keys(ROLES).join(", ")}`);
		const { role: _, content, audio, ...rest } = message;
		const at = `${pointer}/content`;
		const words = [...readContent(content, at, (other) => others.push({ role, pointer: other }))];
		if (audio !== undefined && audio !== null) others.push({ role, pointer: `${pointer}/audio` });
		const text = [...words, ...stringsIn(rest, isPlain)].filter((word) => word !== "").join("\n");
		if (text === "") continue;
		if (!text.isWellFormed()) throw invalid(pointer, "holds half of a surrogate pair");
		texts.push({ role, text, pointer });
	}
	return { texts, others };
}

function readContent(content: unknown, pointer: string, onOther: (pointer: string) => void): readonly string[] {
	if (content === undefined || content === null) return [];
	if (typeof content === "string") return [content];
	if (!Array.isArray(content)) throw invalid(pointer, "must be a string or an array of parts");
	return content.flatMap((part: unknown, i) => {
		const { type, ...rest } = (typeof part === "object" && part !== null ? part : {}) as Record<string, unknown>;
		const field = typeof type === "string" && Object.hasOwn(TEXT_PARTS, type) ? TEXT_PARTS[type]! : undefined;
		if (field !== undefined && typeof rest[field] === "string") return stringsIn(rest, isPlain);
		onOther(`${pointer}/${i}`);
		return typeof rest.text === "string" ? [rest.text] : [];
	});
}

/** Whether a field's value is an identifier or the name of something, which no sentence could be. */
function isPlain(name: string, value: unknown): boolean {
	return /^(?:id|name|tool_call_id|type)$/.test(name) && typeof value === "string" && /^[\w.:-]{1,128}$/.test(value);
}

function invalid(pointer: string, rule: string): SluiceError {
	return new SluiceError("invalid_request", { detail: `${pointer}: ${rule}`, pointer });
}
