import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createChunkReader, type ReadChunk, readChunk } from "../../src/batch/read-chunk.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-read-chunk-"));
after(() => rmSync(folder, { recursive: true }));

const LIMITS = { chunkItems: 3, chunkBytes: 4000, maxLineBytes: 3000, endpoint: "/v1/moderations" };
const START = { nextOffset: 0, nextLine: 1 };

function writeInput(name: string, inputs: readonly string[], end = "\n"): string {
	const path = join(folder, name);
	const toLine = (input: string, n: number): string =>
		input === "" ? "" : JSON.stringify({ custom_id: `n${n}`, method: "POST", url: "/v1/moderations", body: { input } });
	writeFileSync(path, inputs.map(toLine).join("\n") + end);
	return path;
}

async function readAll(path: string): Promise<ReadChunk[]> {
	const reader = createChunkReader(path);
	const chunks: ReadChunk[] = [];
	for (let from = START, fed = false; !fed; from = chunks.at(-1)!.position) {
		chunks.push(await reader.read(from, LIMITS));
		({ fed } = chunks.at(-1)!.position);
	}
	await reader.close();
	return chunks;
}

/** Short lines, blank ones, one too long for its limit, some larger than what is read at once comes to. */
const INPUTS = Array.from({ length: 200 }, (_, n) => (n % 7 === 3 ? "" : `text ${n} ${"é".repeat((n * 37) % 1200)}`));
INPUTS[50] = "x".repeat(3100);

test("pieces read one after another are those that are read alone from the same places", async () => {
	for (const end of ["\n", ""]) {
		const path = writeInput("same.jsonl", INPUTS, end);
		const chunks = await readAll(path);
		assert.ok(chunks.length > 40);
		for (let from = START, i = 0; i < chunks.length; from = chunks[i++]!.position)
			assert.deepEqual(await readChunk(path, from, LIMITS), chunks[i], `piece ${i}`);
		const lines = chunks.flatMap(({ items }) => items.map(({ line }) => line));
		assert.deepEqual(
			lines,
			INPUTS.flatMap((input, n) => (input === "" ? [] : [n + 1])),
		);
	}
});

test("a reader that is asked for another place goes there, and a piece can end at a given line", async () => {
	const path = writeInput("place.jsonl", INPUTS);
	const chunks = await readAll(path);
	const reader = createChunkReader(path);
	for (const i of [5, 6, 2, 2, 0, 30]) {
		const from = i === 0 ? START : chunks[i - 1]!.position;
		assert.deepEqual(await reader.read(from, LIMITS), chunks[i], `piece ${i}`);
		const again = await reader.read(from, { ...LIMITS, chunkItems: 1000, lastLine: chunks[i]!.lastLine });
		assert.deepEqual(again.requests, chunks[i]!.requests, `piece ${i} by its last line`);
	}
	await reader.close();
});

test("a reader goes on after a failed reading, from the place that it is asked for", async () => {
	const reader = createChunkReader(join(folder, "none.jsonl"));
	await assert.rejects(reader.read(START, LIMITS), { code: "ENOENT" });
	writeInput("none.jsonl", ["now it is there"]);
	assert.equal((await reader.read(START, LIMITS)).requests.length, 1);
	await reader.close();
});
