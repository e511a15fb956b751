/**
 * One HTTP exchange with the upstream. Node's own client: it follows no redirect, which a key could leave with, and reads no
 * faster than the answer is taken. Only waiting for the upstream counts as its silence, never a slow reader.
 */
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { SluiceError } from "../../errors.ts";

/** What is asked. */
export interface Exchange {
	readonly url: string;
	/** Beside those that every request has. */
	readonly headers: Readonly<Record<string, string>>;
	/** Sent as JSON with POST; GET without one. */
	readonly body?: object | undefined;
	readonly timeoutMs: number;
	readonly signal: AbortSignal;
}

/** An answer whose headers have come. */
export interface HttpAnswer {
	readonly status: number;
	readonly contentType: string;
	/** In milliseconds. */
	readonly retryAfterMs: number | undefined;
	/** The body, to be read once; leaving the iteration ends the connection. Throws `source_failed`. */
	chunks(): AsyncIterableIterator<Uint8Array, void, void>;
	/** All of a body; throws `source_failed` for one that is longer or breaks off. */
	text(mostBytes: number): Promise<string>;
}

/** Throws `remote_failed` where nobody answers in time, `aborted` by the signal. */
export async function openExchange(exchange: Exchange): Promise<HttpAnswer> {
	const { signal, timeoutMs } = exchange;
	const aborted = (): SluiceError => new SluiceError("aborted", { detail: "the caller went away before the answer" });
	for (let attempt = 1; ; attempt++) {
		if (signal.aborted) throw aborted();
		const request = send(exchange);
		try {
			const [answer] = await inTime(once(request, "response") as Promise<[IncomingMessage]>, timeoutMs);
			return toAnswer(request, answer, exchange);
		} catch (cause) {
			request.destroy();
			if (signal.aborted) throw aborted();
			const isStale = request.reusedSocket && (cause as NodeJS.ErrnoException).code === "ECONNRESET";
			if (isStale && attempt === 1) continue; // the upstream closed an idle connection as it was taken
			const what = cause instanceof TimeOver ? "does not answer in time" : "is out of reach";
			throw new SluiceError("remote_failed", { detail: `the upstream (SLUICE_UPSTREAM_BASE_URL) ${what}`, cause });
		}
	}
}

function send({ url, headers, body, signal }: Exchange): ClientRequest {
	const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
	const request = (url.startsWith("https:") ? requestHttps : requestHttp)(url, {
		method: bytes === undefined ? "GET" : "POST",
		headers: {
			accept: bytes === undefined ? "application/json" : "text/event-stream, application/json",
			"accept-encoding": "identity",
			"user-agent": "sluice",
			...(bytes && { "content-type": "application/json", "content-length": String(bytes.length) }),
			...headers,
		},
	});
	request.on("error", () => {}); // told by what waits for it, or by nobody once the answer is there
	// not by Node's own option: that throws where it comes between the answer's end and its connection's next use
	const abort = (): void => void request.destroy();
	signal.addEventListener("abort", abort, { once: true });
	request.once("close", () => signal.removeEventListener("abort", abort));
	request.end(bytes);
	return request;
}

function toAnswer(request: ClientRequest, answer: IncomingMessage, { timeoutMs }: Exchange): HttpAnswer {
	answer.on("error", () => {}); // told by what reads it
	const { "content-type": contentType = "", "content-encoding": encoding = "identity" } = answer.headers;
	if (encoding.toLowerCase() !== "identity") {
		request.destroy();
		throw new SluiceError("source_failed", {
			detail: "the upstream compresses its answer, though it was asked not to",
		});
	}
	const chunks = (): AsyncIterableIterator<Uint8Array, void, void> => readBody(request, answer, timeoutMs);
	return {
		status: answer.statusCode ?? 0,
		contentType,
		retryAfterMs: toMs(answer.headers["retry-after"]),
		chunks,
		async text(mostBytes) {
			const parts: Uint8Array[] = [];
			let size = 0;
			for await (const part of chunks()) {
				size += part.length;
				if (size > mostBytes)
					throw new SluiceError("source_failed", { detail: `the upstream's answer has more than ${mostBytes} bytes` });
				parts.push(part);
			}
			return Buffer.concat(parts).toString("utf8");
		},
	};
}

/** A connection whose answer has been read to its end is used again; leaving before ends it, also while a piece is awaited. */
function readBody(
	request: ClientRequest,
	answer: IncomingMessage,
	timeoutMs: number,
): AsyncIterableIterator<Uint8Array, void, void> {
	const iterator = answer[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, void, void>;
	let isOver = false;
	const leave = (): void => {
		if (!isOver) request.destroy();
		isOver = true;
	};
	return {
		async next() {
			if (isOver) return { value: undefined, done: true };
			try {
				const result = await inTime(iterator.next(), timeoutMs);
				isOver ||= result.done === true;
				return result;
			} catch (cause) {
				leave();
				const what = cause instanceof TimeOver ? "went silent in the middle of its answer" : "broke off its answer";
				throw new SluiceError("source_failed", { detail: `the upstream ${what}`, cause });
			}
		},
		async return() {
			leave();
			return { value: undefined, done: true };
		},
		[Symbol.asyncIterator]() {
			return this;
		},
	};
}

function toMs(retryAfter: string | undefined): number | undefined {
	return retryAfter !== undefined && /^\d{1,5}$/.test(retryAfter) ? Number(retryAfter) * 1000 : undefined;
}

class TimeOver extends Error {}

async function inTime<T>(waiting: Promise<T>, limitMs: number): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const over = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new TimeOver("silence")), limitMs);
	});
	try {
		return await Promise.race([waiting, over]);
	} finally {
		clearTimeout(timer);
	}
}
