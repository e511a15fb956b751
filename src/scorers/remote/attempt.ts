/**
 * One POST to a service: answered with JSON inside its time and size, or a failure that says whether another try is worth
 * it. Follows no redirect: text and key are for the configured address. Failures repeat nothing that was sent or received.
 */
import type { SluiceError } from "../../errors.ts";
import { remoteFailed } from "./service.ts";

/** What to send, and how long and how large an answer may be. */
export interface Request {
	readonly service: string;
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string;
	readonly timeoutMs: number;
	readonly maxBytes: number;
}

/** Why an attempt came to nothing. */
export interface Failure {
	readonly failure: SluiceError;
	/** Another try may end better. */
	readonly again: boolean;
	/** The service is out of order, rather than refusing this request. */
	readonly broken: boolean;
	/** What the service asks to wait. */
	readonly retryAfterMs?: number | undefined;
}

/** What an attempt came to. */
export type Attempt = { readonly json: unknown } | Failure;

/** Asks once. Throws the signal's reason, and nothing else, when that aborts. */
export async function attempt(request: Request, signal: AbortSignal): Promise<Attempt> {
	const { service, timeoutMs } = request;
	signal.throwIfAborted();
	const stop = new AbortController();
	let late = false;
	const leave = (): void => stop.abort();
	const timer = setTimeout(() => {
		late = true;
		leave();
	}, timeoutMs);
	signal.addEventListener("abort", leave, { once: true });
	try {
		const response = await fetch(request.url, {
			method: "POST",
			redirect: "manual",
			headers: { "content-type": "application/json", accept: "application/json", ...request.headers },
			body: request.body,
			signal: stop.signal,
		});
		if (response.status !== 200) {
			await response.body?.cancel().catch(() => {}); // the status says enough
			return toRefusal(service, response);
		}
		return await readJson(request, response);
	} catch (error) {
		signal.throwIfAborted();
		const why = late ? `did not answer within ${timeoutMs} ms` : `could not be reached${toCode(error)}`;
		return { failure: remoteFailed(service, why), again: true, broken: true };
	} finally {
		clearTimeout(timer);
		signal.removeEventListener("abort", leave);
	}
}

function toRefusal(service: string, { status, headers }: Response): Failure {
	const retryAfterMs = parseRetryAfter(headers);
	const why =
		status === 401 || status === 403 ? `refuses the API key with status ${status}` : `answered with status ${status}`;
	return {
		failure: remoteFailed(service, why, retryAfterMs),
		again: status === 408 || status === 429 || status >= 500,
		broken: status >= 500,
		retryAfterMs,
	};
}

async function readJson({ service, maxBytes }: Request, response: Response): Promise<Attempt> {
	const chunks: Uint8Array[] = [];
	let bytes = 0;
	for await (const chunk of response.body ?? []) {
		bytes += chunk.byteLength;
		if (bytes > maxBytes) {
			// leaving the loop cancels the body
			return { failure: remoteFailed(service, `sent more than ${maxBytes} bytes`), again: false, broken: true };
		}
		chunks.push(chunk);
	}
	try {
		return { json: JSON.parse(Buffer.concat(chunks).toString("utf8")) };
	} catch {
		return { failure: remoteFailed(service, "sent something else than JSON"), again: false, broken: true };
	}
}

/** Milliseconds that `retry-after-ms` (OpenAI's) or Retry-After (RFC 9110: seconds or a date) ask to wait. */
export function parseRetryAfter(headers: Headers, now: number = Date.now()): number | undefined {
	const ms = headers.get("retry-after-ms")?.trim() ?? "";
	if (/^\d{1,9}$/.test(ms)) return Number(ms);
	const value = headers.get("retry-after")?.trim() ?? "";
	if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
	const date = Date.parse(value);
	return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The system's code of a network error, which names no address and no content. */
function toCode(error: unknown): string {
	const cause = error instanceof Error ? error.cause : undefined;
	const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
	return typeof code === "string" && /^[A-Z_]{1,40}$/.test(code) ? ` (${code})` : "";
}
