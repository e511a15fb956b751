import assert from "node:assert/strict";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { createAdaptorServer } from "@hono/node-server";
import OpenAI, { BadRequestError, InternalServerError } from "openai";
import { SluiceError } from "../../src/errors.ts";
import type { CallOptions } from "../../src/types.ts";
import { createHarness } from "./harness.ts";

describe("the official openai client on a real port", () => {
	let server: Server;
	let client: OpenAI;
	let port: number;
	const waiting: CallOptions[] = [];
	const { app } = createHarness({
		before: async (texts, options) => {
			if (texts[0] === "overload") throw new SluiceError("overloaded", { detail: "at capacity; try again" });
			if (texts[0] !== "wait") return;
			waiting.push(options!);
			server.emit("waiting");
			await once(options!.signal!, "abort");
		},
	});

	before(async () => {
		server = createAdaptorServer({ fetch: app.fetch }) as Server;
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		port = (server.address() as AddressInfo).port;
		client = new OpenAI({ apiKey: "none", baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 });
	});
	after(() => {
		server.closeAllConnections();
		server.close();
	});

	it("moderates a string", async () => {
		const answer = await client.moderations.create({ model: "omni-moderation-latest", input: "that is bad" });
		assert.equal(answer.results[0]!.flagged, true);
		assert.equal(answer.results[0]!.categories.hate, true);
		assert.equal(answer.results[0]!.category_scores.hate, 0.95);
		assert.deepEqual(answer.results[0]!.category_applied_input_types.violence, ["text"]);
		assert.match(answer._request_id ?? "", /^[0-9a-f-]{36}$/);
	});
	it("moderates an array of strings, one result each", async () => {
		const { results } = await client.moderations.create({ input: ["good", "bad"] });
		assert.deepEqual(
			results.map((r) => r.flagged),
			[false, true],
		);
	});
	it("moderates text parts as one input", async () => {
		const { results } = await client.moderations.create({ input: [{ type: "text", text: "all good" }] });
		assert.deepEqual(
			results.map((r) => r.flagged),
			[false],
		);
	});
	it("parses a refusal into BadRequestError with code, param, type and message", async () => {
		const image = { type: "image_url" as const, image_url: { url: "https://example.com/a.png" } };
		await assert.rejects(client.moderations.create({ input: [image] }), (error) => {
			assert.ok(error instanceof BadRequestError);
			assert.equal(error.code, "unsupported_input");
			assert.equal(error.param, "input[0]");
			assert.equal(error.type, "invalid_request_error");
			assert.match(error.message, /images cannot be moderated/);
			assert.match(error.requestID ?? "", /^[0-9a-f-]{36}$/);
			return true;
		});
	});
	it("parses an overload into InternalServerError with Retry-After", async () => {
		await assert.rejects(client.moderations.create({ input: "overload" }), (error) => {
			assert.ok(error instanceof InternalServerError);
			assert.equal(error.status, 503);
			assert.equal(error.code, "overloaded");
			assert.equal(error.headers.get("retry-after"), "1");
			return true;
		});
	});
	it("a client that disconnects aborts its queued work", async () => {
		const leaving = new AbortController();
		const entered = once(server, "waiting");
		const answer = client.moderations.create({ input: "wait" }, { signal: leaving.signal });
		await entered;
		const { signal } = waiting.at(-1)!;
		const aborted = once(signal!, "abort");
		leaving.abort();
		await assert.rejects(answer);
		await aborted;
		assert.equal((signal!.reason as SluiceError).code, "aborted");
	});
	it("413 answers a chunked body that passes the limit while it is still being sent", async () => {
		const socket = connect(port, "127.0.0.1");
		socket.on("error", () => {}); // the server may close first
		socket.write(
			"POST /v1/moderations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
		);
		socket.write(`${(100_000).toString(16)}\r\n${" ".repeat(100_000)}\r\n`);
		const [chunk] = (await once(socket, "data")) as [Buffer];
		assert.match(chunk.toString(), /^HTTP\/1\.1 413 /);
		socket.destroy();
	});
});
