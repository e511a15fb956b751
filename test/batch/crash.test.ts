import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { it } from "node:test";
import { createBatchId, createFileId, openStore } from "../../src/store/index.ts";
import { requestLine } from "./harness.ts";

const COUNT = 2000;

/** Runs the process until it has done `limit` lines, then kills it; or to its end, giving the batch. */
async function run(dir: string, id: string, limit: number): Promise<{ outputFile: string } | undefined> {
	const child = spawn(process.execPath, [join(import.meta.dirname, "crash-process.ts"), dir, id], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	const gone = once(child, "exit");
	let batch: { outputFile: string } | undefined;
	for await (const line of createInterface({ input: child.stdout })) {
		if (line.startsWith("over ")) batch = JSON.parse(line.slice(5));
		else if (Number(line) >= limit) child.kill("SIGKILL");
	}
	await gone;
	return batch;
}

it("a batch whose process is killed again and again has one result per line, in order", async () => {
	const dir = await mkdtemp(join(tmpdir(), "sluice-crash-"));
	try {
		const store = await openStore(join(dir, "data"));
		const inputFile = createFileId();
		const writer = await store.contents.create(inputFile);
		for (let i = 0; i < COUNT; i++)
			await writer.write(Buffer.from(`${JSON.stringify(requestLine(`c${i}`, i % 9 === 0 ? "bad" : "good"))}\n`));
		const bytes = await writer.commit();
		const of = { tenant: "default", createdMs: Date.now() };
		store.files.insert({ ...of, id: inputFile, purpose: "batch", filename: "in", bytes, expiresMs: null });
		const id = createBatchId();
		const rest = {
			endpoint: "/v1/moderations",
			completionWindow: "1h",
			outputExpiresMs: null,
			metadata: null,
			grant: null,
		};
		store.batches.insert({ ...of, ...rest, id, inputFile, expiresMs: Date.now() + 3_600_000 });
		store.close();
		for (const limit of [200, 700, 1300]) assert.equal(await run(dir, id, limit), undefined);
		const batch = await run(dir, id, Number.POSITIVE_INFINITY);
		const text = await readFile(join(dir, "data", "files", batch!.outputFile), "utf8");
		const lines = text
			.split("\n")
			.slice(0, -1)
			.map((line) => JSON.parse(line));
		assert.deepEqual(
			lines.map((line) => line.custom_id),
			Array.from({ length: COUNT }, (_, i) => `c${i}`),
		);
		assert.ok(lines.every((line, i) => line.response.body.results[0].flagged === (i % 9 === 0)));
	} finally {
		await rm(dir, { recursive: true, force: true });
	}
});
