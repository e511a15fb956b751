/**
 * POST /v1/batches with lines instead of a file's id: they go to the edge's queue in messages, while they come, and the caller
 * has a batch's id even where the origin is away. The body is read no faster than the queue takes it.
 */
import type { Context } from "hono";
import { SluiceError } from "../errors.ts";
import { parseRequest } from "../http/parse-request.ts";
import { BatchRequestSchema, type WireBatch } from "../http/protocols/batches.ts";
import type { HttpEnv } from "../http/route.ts";
import { withIdleLimit } from "../http/slow-body.ts";
import { createEdgeBatchId } from "./batch-id.ts";
import type { LinesMessage } from "./lines-message.ts";
import type { EdgeSettings, LinesQueue } from "./settings.ts";

/** A message holds 128 KB (Cloudflare Queues' limit), the lines written as JSON in it less. */
const MESSAGE_BYTES = 96_000;
const MESSAGE_LINES = 500;
const MEDIA_TYPE = /^application\/(jsonl|x-jsonl|jsonlines|x-ndjson|ndjson)\s*(;|$)/i;

/** Whether a request brings lines. */
export function bringsLines(c: Context): boolean {
	return MEDIA_TYPE.test(c.req.header("content-type") ?? "");
}

/** Puts the lines into the queue; answers with the batch they will be. */
export async function takeLines(
	c: Context<HttpEnv>,
	queue: LinesQueue,
	settings: Pick<EdgeSettings, "secret">,
): Promise<Response> {
	const { endpoint = "/v1/moderations", completion_window = "24h" } = c.req.query();
	const { input_file_id: _, ...request } = parseRequest(BatchRequestSchema, {
		...{ endpoint, completion_window, input_file_id: "" },
	});
	const caller = c.var.caller ?? null;
	const tenant = caller?.tenant ?? "default";
	const nowMs = Date.now();
	const batch = createEdgeBatchId(settings.secret, tenant, nowMs);
	const send = (of: LinesMessage["request"]): Promise<unknown> =>
		queue.send({ v: 1, caller, request: of }, { contentType: "json" }).catch((cause: unknown) => {
			throw new SluiceError("queue_unavailable", { detail: "the edge's queue takes no lines; send them again", cause });
		});
	let at = 0;
	for await (const lines of cutLines(c.req.raw.body ?? new ReadableStream<Uint8Array>())) {
		await send({ batch, at, lines });
		at += lines.length;
	}
	if (at === 0)
		throw new SluiceError("invalid_request", { detail: "the body has no lines; send one request per line" });
	await send({ batch, end: { lines: at, request } });
	return c.json(toWaiting(batch, nowMs, request));
}

/** A batch whose lines are on their way. */
export function toWaiting(
	id: string,
	createdMs: number,
	of: { readonly endpoint: string; readonly completion_window: string } = {
		...{ endpoint: "/v1/moderations", completion_window: "24h" },
	},
): WireBatch {
	const created = Math.floor(createdMs / 1000);
	return {
		...{ id, object: "batch", endpoint: of.endpoint, errors: null, input_file_id: "" },
		...{ completion_window: of.completion_window, status: "validating", output_file_id: null, error_file_id: null },
		...{ created_at: created, in_progress_at: null, expires_at: created + 86_400, finalizing_at: null },
		...{ completed_at: null, failed_at: null, expired_at: null, cancelling_at: null, cancelled_at: null },
		...{ request_counts: { total: 0, completed: 0, failed: 0 }, metadata: null },
	};
}

/** Lines as they come, empty ones left out, in lists that fit into a message. Throws `invalid_request`, `text_too_long`. */
async function* cutLines(body: ReadableStream<Uint8Array>): AsyncGenerator<string[]> {
	const utf8 = new TextDecoder("utf-8", { fatal: true });
	let rest = "";
	let lines: string[] = [];
	let bytes = 0;
	let number = 0;
	const add = (line: string): string[] | undefined => {
		number++;
		if (line.trim() === "") return undefined;
		const size = Buffer.byteLength(JSON.stringify(line)) + 1;
		if (size > MESSAGE_BYTES) throw toTooLong(number);
		const full = bytes + size > MESSAGE_BYTES || lines.length === MESSAGE_LINES ? lines : undefined;
		if (full !== undefined) [lines, bytes] = [[], 0];
		lines.push(line);
		bytes += size;
		return full;
	};
	const decode = (chunk?: Uint8Array): string => {
		try {
			return chunk === undefined ? utf8.decode() : utf8.decode(chunk, { stream: true });
		} catch {
			throw new SluiceError("invalid_request", { detail: "the body is not valid UTF-8" });
		}
	};
	for await (const chunk of withIdleLimit(body)) {
		const parts = (rest + decode(chunk)).split(/\r?\n/);
		rest = parts.pop()!;
		if (rest.length > MESSAGE_BYTES) throw toTooLong(number + parts.length + 1);
		for (const line of parts) {
			const full = add(line);
			if (full !== undefined) yield full;
		}
	}
	const full = add(rest + decode());
	if (full !== undefined) yield full;
	if (lines.length > 0) yield lines;
}

function toTooLong(line: number): SluiceError {
	return new SluiceError("text_too_long", {
		detail: `line ${line} is longer than ${MESSAGE_BYTES} bytes; upload the lines as a file (POST /v1/files)`,
	});
}
