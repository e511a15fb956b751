/**
 * A web Response under the guard: text, server-sent events, JSON answers. Other kinds have no text to judge and pass. Never
 * passes what it cannot read: another encoding, another character set.
 */
import { SluiceError } from "../../errors.ts";
import type { AdapterOptions } from "./adapter-options.ts";
import { type ChatObject, editTexts, isChatObject, readTexts } from "./chat-texts.ts";
import { guardEventBytes, guardTextBytes } from "./guard-bytes.ts";
import { readChunks, toStream } from "./iterate.ts";
import { parseJson, stringsOf } from "./json.ts";
import { judgeText } from "./judge-texts.ts";

/** How a kind of body is guarded. */
export type BodyKind = "events" | "json" | "text" | "other";

/** The kind by the content type; a body without one is taken for text. Throws `unsupported_input` for other character sets. */
export function toBodyKind(contentType: string | null | undefined): BodyKind {
	const [type = "", ...parameters] = (contentType ?? "")
		.toLowerCase()
		.split(";")
		.map((part) => part.trim());
	const kind = toKind(type);
	const charset = parameters
		.find((parameter) => parameter.startsWith("charset="))
		?.slice(8)
		.replaceAll('"', "");
	if (kind === "other" || charset === undefined || /^(?:utf-?8|us-ascii)$/.test(charset)) return kind;
	throw new SluiceError("unsupported_input", { detail: "a guarded body must be UTF-8" });
}

function toKind(type: string): BodyKind {
	if (type === "text/event-stream") return "events";
	if (/^application\/(?:.+\+)?json$/.test(type)) return "json";
	if (type === "" || type.startsWith("text/") || /^application\/(?:x-)?(?:nd-?json|jsonl|json-lines)$/.test(type))
		return "text";
	return "other";
}

/** Refuses a body that is compressed. */
export function checkEncoding(encoding: string | null | undefined): void {
	if (encoding === null || encoding === undefined || encoding === "" || encoding.toLowerCase() === "identity") return;
	throw new SluiceError("unsupported_input", {
		detail: "a compressed body cannot be guarded; compress behind the guard",
	});
}

/** The response with a guarded body; status and other headers stay. */
export async function guardResponse(response: Response, options: AdapterOptions): Promise<Response> {
	const kind = toBodyKind(response.headers.get("content-type"));
	if (response.body === null || kind === "other") return response;
	if (kind === "json") return guardJson(response, options);
	const guard = kind === "events" ? guardEventBytes : guardTextBytes;
	return withBody(response, toStream(guard(readChunks(response.body), options)));
}

/** Without the headers that say what the body was like. */
function withBody({ status, statusText, headers: all }: Response, body: BodyInit): Response {
	const headers = new Headers(all);
	for (const name of ["content-length", "content-encoding", "etag", "content-md5", "digest"]) headers.delete(name);
	return new Response(body, { status, statusText, headers });
}

async function guardJson(response: Response, options: AdapterOptions): Promise<Response> {
	const body = await response.text();
	const judged = await guardJsonText(body, options);
	if (judged === undefined) return createRefusal(options.refusal);
	return withBody(response, judged);
}

/** A complete JSON body; undefined where nothing of it may leave. */
export async function guardJsonText(body: string, options: AdapterOptions): Promise<string | undefined> {
	const value = parseJson(body);
	if (isChatObject(value)) {
		const judged = await guardAnswer(value, options);
		return judged === value ? body : JSON.stringify(judged);
	}
	const text = value === undefined ? body : stringsOf(value);
	if (text === "") return body;
	const { report } = await judgeText(options, { surface: "body", text, isExact: true });
	return report.action === "block" ? undefined : body;
}

/** A complete answer; choices that are stopped end with `content_filter`, and their tool calls go. The same object where nothing changed. */
export async function guardAnswer<C extends ChatObject>(answer: C, options: AdapterOptions): Promise<C> {
	const choices: object[] = [];
	for (const choice of answer.choices) {
		const one = { choices: [choice] };
		const texts: string[] = [];
		let isStopped = false;
		for (const place of readTexts(one)) {
			const { text, report } = await judgeText(options, place);
			isStopped ||= report.action === "block";
			texts.push(text);
		}
		const isSame = texts.every((text, i) => text === readTexts(one)[i]!.text);
		const edited = isSame ? choice : editTexts(one, texts).choices[0]!;
		choices.push(isStopped ? toStopped(edited, options.refusal) : edited);
	}
	return choices.every((choice, i) => choice === answer.choices[i]) ? answer : { ...answer, choices };
}

function toStopped(choice: object, refusal: string | undefined): object {
	const stopped = { ...choice, logprobs: null, finish_reason: "content_filter" };
	if (!("message" in choice))
		return "text" in choice ? { ...stopped, text: `${choice.text}${refusal ?? ""}` } : stopped;
	const { tool_calls: _, function_call: __, ...message } = choice.message as Record<string, unknown>;
	const said = typeof message.content === "string" ? message.content : "";
	return { ...stopped, message: { ...message, content: said + (refusal ?? "") } };
}

/** What is sent in place of a body that was stopped as a whole. */
export function createRefusal(refusal: string | undefined): Response {
	const error = { message: refusal ?? REFUSED, type: "content_filter", param: null, code: "content_filter" };
	return Response.json({ error }, { status: 403 });
}

const REFUSED = "the text was stopped by a content policy";
