import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DISK } from "../../src/scan/disk.ts";
import { START } from "../../src/scan/item.ts";
import { openOutput, toScanFiles } from "../../src/scan/output.ts";
import { createTally } from "../../src/scan/tally.ts";

test("results of any length are written whole and in order, whatever fits into a piece", async () => {
	const folder = await mkdtemp(join(tmpdir(), "sluice-output-"));
	try {
		const files = toScanFiles(join(folder, "out.jsonl"));
		const start = { position: START, outputBytes: 0 };
		const tally = createTally([]);
		const limits = { checkpointMs: 1e9, checkpointBytes: 1e9 };
		const output = await openOutput({ disk: DISK, files, settings: {}, start, tally, ...limits });
		const piece = 256 * 1024;
		const lengths = [1, piece - 1, 1, piece, 0, 3 * piece + 5, 7, piece - 8, 2, 100_000, 100_000, 100_000];
		const texts = lengths.map((length, i) => (i % 2 === 0 ? "a" : "ä").repeat(length));
		let bytes = 0;
		for (const [i, text] of texts.entries()) {
			await output.append(text, { file: 0, offset: i, line: i + 1 });
			bytes += Buffer.byteLength(text);
			assert.equal(output.bytes, bytes);
			if (i === 8) await output.checkpoint();
		}
		await output.complete();
		await output.close();
		const written = await readFile(files.out, "utf8");
		assert.equal(written === texts.join(""), true, "the output is not what was appended");
	} finally {
		await rm(folder, { recursive: true });
	}
});
