/**
 * A guarded `fetch`, for clients that take one: answers of the OpenAI chat shape, streamed or not, and plain text. What goes
 * into the model is judged while the upstream already works; nothing of its answer leaves before that is known.
 */
import { SluiceError } from "../../errors.ts";
import type { GuardReport } from "../events.ts";
import type { AdapterOptions } from "../parts/adapter-options.ts";
import { createRefusal, guardResponse } from "../parts/guard-response.ts";
import { isJsonObject, type JsonObject, parseJson, stringsOf } from "../parts/json.ts";
import { findBlocked } from "../parts/judge-texts.ts";

/** Options of a guarded `fetch`. */
export interface FetchGuardOptions extends AdapterOptions {
	/** Default the global one. */
	readonly fetch?: typeof fetch | undefined;
	/** Whether what users and tools say in the request is judged too. Default true. */
	readonly input?: boolean | undefined;
}

/** See the header. A request that is stopped gets status 403 and the error code `content_filter`; its upstream call is ended. */
export function guardFetch({ fetch: inner = fetch, input = true, ...options }: FetchGuardOptions): typeof fetch {
	return async (resource, init) => {
		const leaving = new AbortController();
		const outer = init?.signal ?? (resource instanceof Request ? resource.signal : undefined);
		const signal = outer == null ? leaving.signal : AbortSignal.any([outer, leaving.signal]);
		const texts = input ? await readInput(resource, init) : [];
		const answering = inner(resource, { ...init, signal });
		answering.catch(() => {}); // told below, if the input lets it come so far
		let blocked: GuardReport | undefined;
		try {
			blocked = await findBlocked({ ...options, signal: outer ?? options.signal }, texts);
		} catch (error) {
			leaving.abort();
			throw error;
		}
		if (blocked !== undefined) {
			leaving.abort();
			return createRefusal(options.refusal);
		}
		return guardResponse(await answering, options);
	};
}

/** What users and tools say; of a body that is no chat, all its strings. */
async function readInput(resource: string | URL | Request, init: RequestInit | undefined): Promise<readonly string[]> {
	const body = init?.body ?? (resource instanceof Request ? resource.clone().body : undefined);
	if (body == null) return [];
	if (init?.body instanceof ReadableStream)
		throw new SluiceError("unsupported_input", { detail: "a request body that is a stream cannot be judged" });
	const text = await new Response(body).text();
	const value = parseJson(text);
	if (value === undefined) return [text];
	return isJsonObject(value) ? textsOf(value) : [stringsOf(value)];
}

const ROLES: ReadonlySet<unknown> = new Set(["user", "tool", "function"]);

function textsOf(body: JsonObject): readonly string[] {
	const { messages, prompt, input } = body;
	if (!Array.isArray(messages))
		return prompt === undefined && input === undefined ? [stringsOf(body)] : [stringsOf([prompt, input])];
	return messages
		.filter((message) => isJsonObject(message) && ROLES.has(message.role))
		.map(({ content }) => (Array.isArray(content) ? content.map(toText).join("\n") : stringsOf(content)));
}

/** Of a content part: its text, or all its strings, but no file. */
function toText(part: unknown): string {
	if (!isJsonObject(part)) return stringsOf(part);
	if (typeof part.text === "string") return part.text;
	return "image_url" in part || "input_audio" in part || "file" in part ? "" : stringsOf(part);
}
