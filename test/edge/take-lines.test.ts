import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Hono } from "hono";
import { readEdgeBatchId } from "../../src/edge/batch-id.ts";
import type { LinesMessage } from "../../src/edge/lines-message.ts";
import { bringsLines, takeLines } from "../../src/edge/take-lines.ts";
import { isSluiceError } from "../../src/errors.ts";
import type { HttpEnv } from "../../src/http/route.ts";
import { SECRET } from "./fake-parts.ts";

const MESSAGE_LIMIT = 128_000;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Taken {
	readonly status: number;
	readonly body: { id?: string; status?: string; endpoint?: string; code?: string; detail?: string };
	readonly sent: LinesMessage[];
	/** All lines in the order of their places. */
	readonly lines: string[];
}

interface Of {
	readonly query?: string;
	readonly caller?: LinesMessage["caller"];
	send?(message: LinesMessage): Promise<void>;
}

async function take(body: BodyInit, { query = "", caller, send }: Of = {}): Promise<Taken> {
	const sent: LinesMessage[] = [];
	const app = new Hono<HttpEnv>();
	app.post("/v1/batches", (c) => {
		if (caller) c.set("caller", caller);
		const queue = {
			async send(message: LinesMessage): Promise<void> {
				assert.ok(Buffer.byteLength(JSON.stringify(message)) < MESSAGE_LIMIT);
				sent.push(message);
				await send?.(message);
			},
		};
		return takeLines(c, queue, { secret: SECRET });
	});
	app.onError((error, c) => {
		if (!isSluiceError(error)) throw error;
		return c.json({ code: error.code, detail: error.detail }, error.status as 500);
	});
	const answer = await app.request(`/v1/batches${query}`, {
		...{ method: "POST", headers: { "content-type": "application/jsonl" }, body, duplex: "half" },
	} as RequestInit);
	const lines = sent.flatMap(({ request }) => ("lines" in request ? request.lines : []));
	return { status: answer.status, body: (await answer.json()) as Taken["body"], sent, lines };
}

/** A body in these pieces. */
function inPieces(pieces: readonly Uint8Array[]): ReadableStream<Uint8Array> {
	return new ReadableStream({
		start(controller) {
			for (const piece of pieces) controller.enqueue(piece);
			controller.close();
		},
	});
}

const endOf = ({ sent }: Taken): unknown => {
	const { request } = sent.at(-1)!;
	return "end" in request ? request.end : undefined;
};

describe("lines of a batch at the edge", () => {
	it("become messages with the place of their first line, then one that says how many there are", async () => {
		const caller = {
			...{ keyId: `key_${"1".repeat(16)}`, tenant: "acme", scopes: ["batch" as const], grant: { policies: ["hate"] } },
			limits: { requestsPerMinute: null, charactersPerMinute: null },
		};
		const taken = await take("{}\n[1]\n{}\n", { caller, query: "?endpoint=/v1/classify" });
		const { id = "" } = taken.body;
		const age = Date.now() - (readEdgeBatchId(SECRET, "acme", id) ?? 0);
		assert.ok(age >= 0 && age < 10_000);
		assert.deepEqual([taken.body.status, taken.body.endpoint], ["validating", "/v1/classify"]);
		assert.deepEqual(taken.sent, [
			{ v: 1, caller, request: { batch: id, at: 0, lines: ["{}", "[1]", "{}"] } },
			{
				...{ v: 1, caller },
				request: { batch: id, end: { lines: 3, request: { endpoint: "/v1/classify", completion_window: "24h" } } },
			},
		]);
	});

	it("are at most 500 to a message", async () => {
		const lines = Array.from({ length: 1_201 }, (_, i) => `{"n":${i}}`);
		const taken = await take(lines.join("\n"));
		assert.deepEqual(taken.lines, lines);
		assert.deepEqual(
			taken.sent.map(({ request }) => ("lines" in request ? [request.at, request.lines.length] : "end")),
			[[0, 500], [500, 500], [1_000, 201], "end"],
		);
	});

	it("are at most 96,000 bytes to a message as they are written there, escapes and all", async () => {
		// in JSON three times as long as it is, or six times
		const lines = ["\u0001".repeat(10_000), '"'.repeat(30_000), "\u{1F600}".repeat(10_000), "x".repeat(90_000), "é"];
		const taken = await take(lines.join("\n"));
		assert.deepEqual(taken.lines, lines);
		for (const { request } of taken.sent)
			if ("lines" in request) assert.ok(Buffer.byteLength(JSON.stringify(request.lines)) <= 96_000 + 2);
		assert.deepEqual(endOf(taken), { lines: 5, request: { endpoint: "/v1/moderations", completion_window: "24h" } });
	});

	it("are the same however the body is cut: between the bytes of a character, between CR and LF", async () => {
		const text = '{"a":"né\u{1F600}中"}\r\n\r\n  \n{"b":\r1}\n{"c":2}';
		const bytes = encode(text);
		const expected = ['{"a":"né\u{1F600}中"}', '{"b":\r1}', '{"c":2}'];
		for (const size of [1, 2, 3, 5, bytes.length]) {
			const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
				bytes.slice(i * size, (i + 1) * size),
			);
			const taken = await take(inPieces(pieces));
			assert.deepEqual([taken.status, taken.lines], [200, expected], String(size));
			assert.deepEqual((endOf(taken) as { lines: number }).lines, 3);
		}
	});

	it("too long for a message, none at all, not UTF-8, or for no route of batches are refused without an end", async () => {
		const refusals: [BodyInit, string, RegExp, string?][] = [
			["", "invalid_request", /no lines/],
			["\r\n \n", "invalid_request", /no lines/],
			[`{}\n${"x".repeat(96_000)}\n{}`, "text_too_long", /^line 2 is longer than 96000 bytes/],
			[`{}\n{}\n${"x".repeat(200_000)}`, "text_too_long", /^line 3 is longer/],
			[`${"é".repeat(50_000)}\n`, "text_too_long", /^line 1 is longer/],
			[new Uint8Array([0x7b, 0xff, 0x7d]), "invalid_request", /UTF-8/],
			[new Uint8Array([0x7b, 0xe4, 0xb8]), "invalid_request", /UTF-8/],
			["{}", "invalid_request", /endpoint/, "?endpoint=/v1/chat"],
			["{}", "invalid_request", /completion_window/, "?completion_window=1y"],
		];
		for (const [body, code, detail, query] of refusals) {
			const taken = await take(body, query === undefined ? {} : { query });
			assert.equal(taken.body.code, code);
			assert.match(taken.body.detail ?? "", detail);
			assert.equal(
				taken.sent.some(({ request }) => "end" in request),
				false,
			);
		}
	});

	it("of a client that leaves get no end, so no batch begins with half of them", async () => {
		const lines = Array.from({ length: 600 }, () => "{}").join("\n");
		const taken = await take(
			new ReadableStream({
				start(controller) {
					controller.enqueue(encode(`${lines}\n`));
				},
				async pull(controller) {
					controller.error(new Error("connection reset"));
				},
			}),
		);
		assert.equal(taken.body.code, "aborted");
		assert.equal(taken.sent.length <= 1 && taken.sent.every(({ request }) => "lines" in request), true);
	});

	it("are read no faster than the queue takes them, and not at all after it has refused some", async () => {
		const block = encode(`${Array.from({ length: 500 }, () => "{}").join("\n")}\n`);
		let pulled = 0;
		const body = (blocks: number): ReadableStream<Uint8Array> =>
			new ReadableStream(
				{
					pull(controller) {
						if (pulled++ < blocks) controller.enqueue(block);
						else controller.close();
					},
				},
				{ highWaterMark: 0 },
			);
		let sends = 0;
		const ahead: number[] = [];
		const taken = await take(body(20), {
			async send() {
				ahead.push(pulled - ++sends);
				await new Promise((resolve) => setImmediate(resolve));
			},
		});
		assert.equal(taken.lines.length, 10_000);
		assert.ok(Math.max(...ahead) <= 2, String(ahead));
		[pulled, sends] = [0, 0];
		const refused = await take(body(20), {
			async send() {
				if (++sends === 3) throw new Error("the queue says no");
			},
		});
		assert.deepEqual([refused.status, refused.body.code], [503, "queue_unavailable"]);
		assert.ok(sends === 3 && pulled <= 5, `${sends} ${pulled}`);
	});

	it("are told from other bodies by their media type", async () => {
		const app = new Hono();
		app.post("/", (c) => c.text(String(bringsLines(c))));
		for (const [type, brings] of [
			["application/jsonl", "true"],
			["Application/X-NDJSON; charset=utf-8", "true"],
			["application/x-jsonl ;a", "true"],
			["application/json", "false"],
			["application/jsonlike", "false"],
			["", "false"],
		] as const)
			assert.equal(
				await (await app.request("/", { method: "POST", headers: { "content-type": type } })).text(),
				brings,
			);
	});
});
