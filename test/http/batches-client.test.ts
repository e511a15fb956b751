import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import OpenAI, { NotFoundError, toFile } from "openai";
import { type HttpServer, listen } from "../../src/http/server.ts";
import { type Bench, openBench, requestLine } from "../batch/harness.ts";
import { createHarness } from "./harness.ts";

describe("the official openai client drives files and batches on a real port", () => {
	let bench: Bench;
	let server: HttpServer;
	let client: OpenAI;
	let hold: Promise<void> | undefined;
	before(async () => {
		bench = await openBench({ before: () => hold, limits: { chunkItems: 5, chunksOut: 2 } });
		bench.work();
		server = await listen(createHarness({ batches: bench.batches }).app, { host: "127.0.0.1", port: 0 });
		client = new OpenAI({ apiKey: "none", baseURL: `${server.url}/v1`, maxRetries: 0 });
	});
	after(async () => {
		await server.close();
		await bench.close();
	});

	const upload = (lines: readonly (object | string)[]) => {
		const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
		return toFile(Buffer.from(text), "in.jsonl").then((file) => client.files.create({ file, purpose: "batch" }));
	};
	const poll = async (id: string): Promise<OpenAI.Batch> => {
		for (;;) {
			const batch = await client.batches.retrieve(id);
			if (["completed", "failed", "expired", "cancelled"].includes(batch.status)) return batch;
		}
	};

	it("uploads, creates, polls and downloads", async () => {
		const file = await upload([...["good", "bad"].map((text) => requestLine(text, text)), "{broken"]);
		assert.deepEqual(
			[file.object, file.purpose, file.filename, file.status],
			["file", "batch", "in.jsonl", "processed"],
		);
		const created = await client.batches.create({
			input_file_id: file.id,
			endpoint: "/v1/moderations",
			completion_window: "24h",
			metadata: { run: "nightly" },
			output_expires_after: { anchor: "created_at", seconds: 3600 },
		});
		assert.equal(created.status, "validating");
		const batch = await poll(created.id);
		assert.equal(batch.status, "completed");
		assert.deepEqual(batch.request_counts, { total: 3, completed: 2, failed: 1 });
		assert.deepEqual(batch.metadata, { run: "nightly" });
		assert.equal(batch.expires_at! - batch.created_at, 86_400);
		const output = await (await client.files.content(batch.output_file_id!)).text();
		const lines = output
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line));
		assert.deepEqual(
			lines.map((line) => [line.custom_id, line.response.body.results[0].flagged]),
			[
				["good", false],
				["bad", true],
			],
		);
		const errors = await (await client.files.content(batch.error_file_id!)).text();
		assert.equal(JSON.parse(errors).error.code, "invalid_json_line");
		const written = await client.files.retrieve(batch.output_file_id!);
		assert.equal(written.purpose, "batch_output");
		assert.equal(written.bytes, Buffer.byteLength(output));
		assert.equal(written.expires_at! - written.created_at, 3600);
	});

	it("cancels", async () => {
		const gate = Promise.withResolvers<void>();
		hold = gate.promise;
		const file = await upload(Array.from({ length: 100 }, (_, i) => requestLine(`c${i}`, "good")));
		const { id } = await client.batches.create({
			input_file_id: file.id,
			endpoint: "/v1/moderations",
			completion_window: "24h",
		});
		while ((await client.batches.retrieve(id)).status !== "in_progress");
		assert.equal((await client.batches.cancel(id)).status, "cancelling");
		gate.resolve();
		hold = undefined;
		const batch = await poll(id);
		assert.equal(batch.status, "cancelled");
		assert.ok(batch.request_counts!.completed < 100);
		assert.equal(batch.request_counts!.total, 100);
	});

	it("lists with cursors, following them by itself, and deletes", async () => {
		const uploaded: string[] = [];
		for (let i = 0; i < 5; i++) uploaded.push((await upload(["{}"])).id);
		const page = await client.files.list({ limit: 2, purpose: "batch" });
		assert.deepEqual(
			page.data.map(({ id }) => id),
			uploaded.slice(-2).reverse(),
		);
		assert.equal(page.has_more, true);
		const all: string[] = [];
		for await (const file of client.files.list({ limit: 2, order: "asc" })) all.push(file.id);
		assert.deepEqual(all.slice(-5), uploaded);
		assert.equal(new Set(all).size, all.length);
		const batches: string[] = [];
		for await (const batch of client.batches.list({ limit: 1 })) batches.push(batch.status);
		assert.deepEqual(batches, ["cancelled", "completed"]);
		assert.deepEqual(await client.files.delete(uploaded[0]!), { id: uploaded[0], object: "file", deleted: true });
		await assert.rejects(client.files.retrieve(uploaded[0]!), NotFoundError);
		await assert.rejects(client.files.content(uploaded[0]!), NotFoundError);
	});
});
