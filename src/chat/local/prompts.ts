/** What a local model reads of a request: the chat's turns, or the texts to continue. */
import { SluiceError } from "../../errors.ts";
import type { ChatMessage } from "../../tokenizer/chat.ts";
import type { ChatRequest } from "../source.ts";

const ROLES: Readonly<Record<string, ChatMessage["role"]>> = {
	system: "system",
	developer: "system",
	user: "user",
	assistant: "assistant",
};

/** One per choice of a single draw. Throws `unsupported_input` for what is no text, and for tools. */
export function toPrompts({ form, body }: ChatRequest): readonly (string | readonly ChatMessage[])[] {
	if (form === "completion") return Array.isArray(body.prompt) ? (body.prompt as string[]) : [body.prompt as string];
	const messages = body.messages as readonly { readonly role: string; readonly content?: unknown }[];
	return [messages.map((message, i) => toTurn(message, `/messages/${i}`))];
}

function toTurn(
	{ role: name, content }: { readonly role: string; readonly content?: unknown },
	pointer: string,
): ChatMessage {
	const role = Object.hasOwn(ROLES, name) ? ROLES[name] : undefined;
	if (role === undefined) throw refuse(pointer, "the local model knows no tools");
	if (typeof content === "string") return { role, content };
	const parts = Array.isArray(content) ? content : [];
	const texts = parts.map((part: unknown) => (part as { readonly text?: unknown } | null)?.text);
	if (texts.length === 0 || !texts.every((text) => typeof text === "string"))
		throw refuse(`${pointer}/content`, "must be text alone for the local model");
	return { role, content: texts.join("\n") };
}

function refuse(pointer: string, rule: string): SluiceError {
	return new SluiceError("unsupported_input", { detail: `${pointer}: ${rule}`, pointer });
}
