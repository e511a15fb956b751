import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { SluiceError } from "../../src/errors.ts";
import type { Problem } from "../../src/http/problem.ts";
import { createHarness, type Harness } from "./harness.ts";

const PATHS = ["/v1/moderations", "/v1/classify"];
const SECRET = "verysecretwords";

async function assertProblem(response: Response, status: number, code: string, detail?: RegExp): Promise<Problem> {
	const problem = (await response.json()) as Problem;
	assert.equal(response.status, status, problem.detail);
	assert.equal(response.headers.get("content-type"), "application/problem+json");
	assert.match(response.headers.get("x-request-id") ?? "", /^[\w.:-]+$/);
	assert.equal(problem.status, status);
	assert.equal(problem.error.code, code);
	assert.equal(problem.error.message, problem.detail);
	assert.equal(problem.type, `urn:sluice:error:${code}`);
	assert.equal(problem.instance, `urn:sluice:request:${response.headers.get("x-request-id")}`);
	if (detail) assert.match(problem.detail, detail);
	assert.doesNotMatch(JSON.stringify(problem), new RegExp(SECRET));
	return problem;
}

function stream(chunks: readonly string[]): ReadableStream<Uint8Array> {
	return new ReadableStream({
		start(controller) {
			for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
			controller.close();
		},
	});
}

for (const path of PATHS) {
	describe(`${path} refuses, clearly and without quoting`, () => {
		const h: Harness = createHarness();
		const long = (bytes: number): string => JSON.stringify({ input: "x".repeat(bytes) });

		it("413 a body that announces more bytes than the limit, before reading it", async () => {
			const response = await h.post(path, "{}", { "content-length": "65537" });
			await assertProblem(response, 413, "body_too_large", /65536 bytes/);
		});
		it("413 a body that turns out longer than the limit", async () => {
			await assertProblem(await h.post(path, long(70_000)), 413, "body_too_large", /65536 bytes/);
		});
		it("413 a chunked body as soon as it passes the limit, leaving the rest unread", async () => {
			let pulled = 0;
			const endless = new ReadableStream({
				pull(controller) {
					pulled++;
					controller.enqueue(new Uint8Array(10_000).fill(32));
				},
			});
			await assertProblem(await h.post(path, endless), 413, "body_too_large");
			assert.ok(pulled < 12, `pulled ${pulled} chunks`);
		});
		it("400 malformed JSON, by position", async () => {
			const problem = await assertProblem(
				await h.post(path, `{"input": ${SECRET}`),
				400,
				"invalid_json",
				/not valid JSON/,
			);
			assert.equal(problem.error.param, null);
		});
		it("400 an empty body", async () => {
			await assertProblem(await h.post(path, ""), 400, "invalid_json", /empty/);
		});
		it("400 deeply nested JSON, without falling over", async () => {
			await assertProblem(await h.post(path, "[".repeat(60_000)), 400, "invalid_json");
			const nested = `{"input":${"[".repeat(30_000)}${"]".repeat(30_000)}}`;
			await assertProblem(await h.post(path, nested), 400, "invalid_request");
		});
		it("415 a missing or foreign content type, charset or encoding", async () => {
			const bare = await h.app.request(path, { method: "POST", body: new TextEncoder().encode('{"input":"a"}') });
			await assertProblem(bare, 415, "unsupported_media_type", /application\/json/);
			const of = (headers: Record<string, string>) => h.post(path, { input: "a" }, headers);
			await assertProblem(await of({ "content-type": "text/plain" }), 415, "unsupported_media_type");
			await assertProblem(
				await of({ "content-type": "application/json; charset=latin1" }),
				415,
				"unsupported_media_type",
			);
			await assertProblem(await of({ "content-encoding": "gzip" }), 415, "unsupported_media_type", /compressed/);
		});
		it("accepts application/json with charset=utf-8 and +json types", async () => {
			for (const type of ["application/json; charset=UTF-8", "Application/JSON", "application/vnd.x+json"])
				assert.equal((await h.post(path, { input: "a" }, { "content-type": type })).status, 200);
		});
		it("400 a body that is not UTF-8", async () => {
			const bytes = Buffer.concat([Buffer.from('{"input":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]);
			await assertProblem(await h.post(path, new Uint8Array(bytes)), 400, "invalid_request", /UTF-8/);
		});
		it("400 a body that is not an object", async () => {
			for (const body of ["null", "[]", '"x"', "3"])
				await assertProblem(await h.post(path, body), 400, "invalid_request", /the body/);
		});
		it("400 a missing input, by pointer", async () => {
			const problem = await assertProblem(await h.post(path, {}), 400, "invalid_request", /string/);
			assert.equal(problem.pointer, "/input");
			assert.equal(problem.error.param, "input");
		});
		it("400 empty input: string, array, string in an array", async () => {
			const cases: [unknown, string][] = [
				["", "/input"],
				[[], "/input"],
				[["a", ""], "/input/1"],
			];
			for (const [input, pointer] of cases) {
				const problem = await assertProblem(await h.post(path, { input }), 400, "invalid_request", /must not be empty/);
				assert.equal(problem.pointer, pointer);
			}
		});
		it("400 an item that is not a string, by pointer", async () => {
			const problem = await assertProblem(await h.post(path, { input: ["a", 5] }), 400, "invalid_request");
			assert.equal(problem.pointer, "/input/1");
			assert.equal(problem.error.param, "input[1]");
		});
		it("400 half a surrogate pair, by pointer", async () => {
			const problem = await assertProblem(
				await h.post(path, '{"input":["fine \\ud83d\\ude00","broken \\ud800 here"]}'),
				400,
				"invalid_request",
				/surrogate/,
			);
			assert.equal(problem.pointer, "/input/1");
		});
		it("400 more inputs than the limit, naming it, also for 10,000", async () => {
			for (const count of [9, 10_000]) {
				const problem = await assertProblem(
					await h.post(path, { input: new Array(count).fill("a") }),
					400,
					"invalid_request",
					new RegExp(`${count} items; the limit is 8`),
				);
				assert.equal(problem.pointer, "/input");
			}
		});
		it("413 a text over the limit, by pointer, naming the limit", async () => {
			const problem = await assertProblem(
				await h.post(path, { input: ["ok", "x".repeat(1001)] }),
				413,
				"text_too_long",
				/1001 characters; the limit is 1000/,
			);
			assert.equal(problem.pointer, "/input/1");
		});
		it("accepts a text at the limit", async () => {
			assert.equal((await h.post(path, { input: "x".repeat(1000) })).status, 200);
		});
		it("reads a chunked body split inside a character", async () => {
			const bytes = new TextEncoder().encode('{"input":"é"}');
			const body = new ReadableStream({
				start(controller) {
					for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
					controller.close();
				},
			});
			assert.equal((await h.post(path, body)).status, 200);
			assert.equal((await h.post(path, stream(['{"input":', '"a"}']))).status, 200);
		});
		it("400 a deadline header that is no whole number of milliseconds in range", async () => {
			for (const header of ["soon", "0", "-5", "1.5", "600001", "99999999999"])
				await assertProblem(
					await h.post(path, { input: "a" }, { "x-sluice-deadline-ms": header }),
					400,
					"invalid_request",
					/x-sluice-deadline-ms/,
				);
		});
		it("__proto__ in a body pollutes nothing", async () => {
			const response = await h.post(path, '{"input":"a","__proto__":{"polluted":1},"constructor":{}}');
			assert.ok([200, 400].includes(response.status));
			assert.equal(({} as { polluted?: number }).polluted, undefined);
		});
		it("no refusal leaves content in the log", async () => {
			await h.post(path, { input: [SECRET, `${SECRET}\ud800`], model: SECRET, policies: [SECRET], [SECRET]: SECRET });
			assert.doesNotMatch(h.lines.join(""), new RegExp(SECRET));
		});
	});

	describe(`${path} under pressure`, () => {
		it("504 when the deadline passes first, and the queued work is told", async () => {
			let told: unknown;
			const h = createHarness({
				before: async (_texts, options) => {
					await once(options!.signal!, "abort");
					told = options!.signal!.reason;
				},
			});
			const response = await h.post(path, { input: "a" }, { "x-sluice-deadline-ms": "5" });
			await assertProblem(response, 504, "deadline_exceeded", /5 ms/);
			assert.equal((told as SluiceError).code, "deadline_exceeded");
		});
		it("hands the deadline down on the clock of performance.now()", async () => {
			let deadlineMs = 0;
			const h = createHarness({
				before: (_texts, options) => {
					deadlineMs = options?.deadlineMs ?? 0;
				},
			});
			const began = performance.now();
			await h.post(path, { input: "a" }, { "x-sluice-deadline-ms": "60000" });
			assert.ok(deadlineMs >= began + 60_000 && deadlineMs <= performance.now() + 60_000);
		});
		it("503 with Retry-After in whole seconds of the expected wait when the queue is full", async () => {
			const h = createHarness({
				before: () => {
					throw new SluiceError("overloaded", { detail: "256 texts are waiting", retryAfterMs: 2300 });
				},
			});
			const response = await h.post(path, { input: "a" });
			assert.equal(response.headers.get("retry-after"), "3");
			const problem = await assertProblem(response, 503, "overloaded");
			assert.equal(problem.error.type, "server_error");
		});
		it("503 with Retry-After while the model is loading", async () => {
			const response = await createHarness({ ready: false }).post(path, { input: "a" });
			assert.equal(response.headers.get("retry-after"), "1");
			await assertProblem(response, 503, "not_ready");
		});
		it("a leaving client aborts the queued work", async () => {
			const entered = Promise.withResolvers<AbortSignal>();
			const h = createHarness({
				before: async (_texts, options) => {
					entered.resolve(options!.signal!);
					await once(options!.signal!, "abort");
				},
			});
			const client = new AbortController();
			const answer = h.app.request(
				new Request(`http://x${path}`, {
					method: "POST",
					headers: { "content-type": "application/json" },
					body: '{"input":"a"}',
					signal: client.signal,
				}),
			);
			const signal = await entered.promise;
			client.abort();
			assert.equal((await answer).status, 499);
			assert.equal(signal.aborted, true);
		});
		it("a pointer of the moderator is turned into a place in the body", async () => {
			const h = createHarness({
				before: () => {
					throw new SluiceError("text_too_long", { detail: "text 1 is too long", pointer: "/1" });
				},
			});
			const problem = await assertProblem(await h.post(path, { input: ["a", "b"] }), 413, "text_too_long");
			assert.equal(problem.pointer, "/input/1");
		});
		it("500 for a foreign error, which says nothing of itself and is logged without its message", async () => {
			const h = createHarness({
				before: () => {
					throw new TypeError(`cannot read ${SECRET}`);
				},
			});
			await assertProblem(await h.post(path, { input: SECRET }), 500, "internal");
			const log = h.lines.join("");
			assert.match(log, /internal/);
			assert.match(log, /TypeError/);
			assert.match(log, /guards\.test\.ts/);
			assert.doesNotMatch(log, new RegExp(SECRET));
		});
	});
}
