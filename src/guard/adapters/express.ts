/**
 * Middleware for Express, Connect and plain Node servers: what handlers behind it write to a response leaves under the guard.
 * Its types are the parts of node:http's that it touches.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { isSluiceError, SluiceError } from "../../errors.ts";
import type { AdapterOptions } from "../parts/adapter-options.ts";
import { type ByteFeed, createByteFeed } from "../parts/byte-feed.ts";
import { guardEventBytes, guardTextBytes } from "../parts/guard-bytes.ts";
import { type BodyKind, checkEncoding, createRefusal, guardJsonText, toBodyKind } from "../parts/guard-response.ts";

/** Longest JSON body, bytes; a longer one is stopped. */
const MOST_JSON_BYTES = 16 * 1024 * 1024;

/** Guards the answers. Stands behind middleware that compresses: a compressed answer fails with `unsupported_input`. */
export function guardExpress(
	options: AdapterOptions,
): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
	return (_request, response, next) => {
		guardResponse(response, options);
		next();
	};
}

/** Puts the guard between a handler and its response, which goes on with the methods it had. */
function guardResponse(response: ServerResponse, options: AdapterOptions): void {
	const { write, end, flushHeaders, writeHead } = response;
	/** Node writes the head through the method that is there. */
	const withHead = <T>(call: () => T): T => {
		response.writeHead = writeHead;
		return call();
	};
	const inner: Inner = {
		write: (chunk) => withHead(() => write.call(response, chunk, "utf8")),
		end: (body) => withHead(() => void end.call(response, body, "utf8")),
	};
	let feed: ByteFeed | undefined;
	const open = (): ByteFeed => {
		if (feed !== undefined) return feed;
		feed = createByteFeed(() => response.emit("drain"));
		void pump(response, inner, feed, options).catch((error: unknown) => fail(response, inner.end, error));
		return feed;
	};
	response.writeHead = (status: number, ...rest: unknown[]): ServerResponse => {
		response.statusCode = status;
		if (typeof rest[0] === "string") response.statusMessage = rest[0];
		setHeaders(response, rest.at(-1));
		return response;
	};
	response.flushHeaders = (): void => {
		if (kindOf(response) === "json") return; // its status is not known yet
		dropHeaders(response);
		withHead(() => flushHeaders.call(response));
	};
	response.write = ((chunk: unknown, ...rest: unknown[]): boolean => {
		const isRoomy = open().push(toBytes(chunk, rest[0]));
		callLast(rest);
		return isRoomy;
	}) as ServerResponse["write"];
	response.end = ((...rest: unknown[]): ServerResponse => {
		const [chunk, encoding] = rest;
		const hasChunk = chunk !== undefined && chunk !== null && typeof chunk !== "function";
		if (!hasChunk && feed === undefined) inner.end();
		else {
			if (hasChunk) open().push(toBytes(chunk, encoding));
			feed!.end();
		}
		const done = rest.find((value) => typeof value === "function") as (() => void) | undefined;
		if (done !== undefined) response.once("finish", done);
		return response;
	}) as ServerResponse["end"];
}

type Inner = { readonly write: (chunk: Uint8Array) => boolean; readonly end: (body?: string) => void };

async function pump(response: ServerResponse, inner: Inner, feed: ByteFeed, options: AdapterOptions): Promise<void> {
	await Promise.resolve(); // the handler may set headers until it returns
	checkEncoding(response.getHeader("content-encoding")?.toString());
	const kind = kindOf(response);
	if (kind === "json") return endJson(response, inner, feed, options);
	const chunks =
		kind === "other"
			? feed.chunks
			: kind === "events"
				? guardEventBytes(feed.chunks, options)
				: guardTextBytes(feed.chunks, options);
	if (kind !== "other") dropHeaders(response);
	const leave = (): void => void chunks.return?.();
	response.once("close", leave);
	for await (const chunk of chunks) if (!inner.write(chunk)) await drained(response);
	response.off("close", leave);
	if (!response.destroyed) inner.end();
}

async function endJson(response: ServerResponse, inner: Inner, feed: ByteFeed, options: AdapterOptions): Promise<void> {
	const chunks: Uint8Array[] = [];
	let bytes = 0;
	for await (const chunk of feed.chunks) {
		bytes += chunk.length;
		if (bytes > MOST_JSON_BYTES)
			throw new SluiceError("text_too_long", { detail: `a guarded JSON body has more than ${MOST_JSON_BYTES} bytes` });
		chunks.push(chunk);
	}
	const judged = await guardJsonText(Buffer.concat(chunks).toString("utf8"), options);
	if (response.destroyed) return;
	dropHeaders(response);
	if (judged === undefined) response.statusCode = 403;
	inner.end(judged ?? (await createRefusal(options.refusal).text()));
}

/** Of an answer that has begun, a broken end; else an error body. */
function fail(response: ServerResponse, end: Inner["end"], error: unknown): void {
	if (response.destroyed) return;
	if (response.headersSent) return void response.destroy(error as Error);
	const known = isSluiceError(error)
		? error
		: new SluiceError("internal", { detail: "guarding the answer failed", cause: error });
	dropHeaders(response);
	response.removeHeader("content-encoding");
	response.setHeader("content-type", "application/json");
	response.statusCode = known.status;
	end(JSON.stringify({ error: { message: known.detail, type: "server_error", param: null, code: known.code } }));
}

function kindOf(response: ServerResponse): BodyKind {
	return toBodyKind(response.getHeader("content-type")?.toString());
}

/** They say what the body was like. */
function dropHeaders(response: ServerResponse): void {
	if (response.headersSent) return;
	for (const name of ["content-length", "etag", "content-md5", "digest"]) response.removeHeader(name);
}

function setHeaders(response: ServerResponse, headers: unknown): void {
	if (typeof headers !== "object" || headers === null) return;
	if (!Array.isArray(headers))
		for (const [name, value] of Object.entries(headers))
			if (value !== undefined) response.setHeader(name, value as string);
	if (Array.isArray(headers))
		for (let i = 0; i + 1 < headers.length; i += 2) response.setHeader(headers[i], headers[i + 1]);
}

function toBytes(chunk: unknown, encoding: unknown): Uint8Array {
	if (typeof chunk !== "string") return chunk as Uint8Array;
	return Buffer.from(chunk, typeof encoding === "string" ? (encoding as BufferEncoding) : "utf8");
}

function callLast(rest: readonly unknown[]): void {
	const last = rest.at(-1);
	if (typeof last === "function") queueMicrotask(last as () => void);
}

/** Resolves when there is room again, or nobody is left to need it. */
function drained(response: ServerResponse): Promise<void> {
	if (response.destroyed) return Promise.resolve();
	return new Promise((resolve) => {
		const done = (): void => {
			response.off("drain", done).off("close", done);
			resolve();
		};
		response.on("drain", done).on("close", done);
	});
}
