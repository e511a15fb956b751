import assert from "node:assert/strict";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createLineReader, type Line } from "../../src/batch/line-reader.ts";

let dir: string;
before(async () => {
	dir = await mkdtemp(join(tmpdir(), "sluice-lines-"));
});
after(() => rm(dir, { recursive: true, force: true }));

interface Seen extends Omit<Line, "bytes"> {
	text: string | undefined;
}

async function readAll(
	content: Uint8Array,
	of: { blockBytes: number; maxLineBytes?: number; offset?: number; number?: number },
): Promise<Seen[]> {
	const path = join(dir, "input");
	await writeFile(path, content);
	const file = await open(path);
	try {
		const reader = createLineReader(file, { offset: 0, number: 1, maxLineBytes: 1000, ...of });
		const lines: Seen[] = [];
		do {
			for (let line = reader.take(); line !== undefined; line = reader.take()) {
				const { bytes, ...place } = line;
				lines.push({ ...place, text: bytes && Buffer.from(bytes).toString("latin1") });
			}
		} while (await reader.fill());
		return lines;
	} finally {
		await file.close();
	}
}

const texts = (lines: readonly Seen[]): (string | undefined)[] => lines.map(({ text }) => text);

describe("the line reader", () => {
	it("gives the same lines whatever is read at once, with their places", async () => {
		const content = "one\n\ntwo words\r\n\n\nlast";
		for (let blockBytes = 1; blockBytes < 25; blockBytes++) {
			const lines = await readAll(Buffer.from(content), { blockBytes });
			assert.deepEqual(texts(lines), content.split("\n"), `blocks of ${blockBytes}`);
			for (const { text, offset, next } of lines)
				assert.equal(content.slice(offset, next).replace(/\n$/, ""), text, `blocks of ${blockBytes}`);
			assert.deepEqual(
				lines.map(({ number }) => number),
				[1, 2, 3, 4, 5, 6],
			);
		}
	});
	it("a file that ends with a line feed has no line behind it, and an empty file none at all", async () => {
		assert.deepEqual(texts(await readAll(Buffer.from("a\nb\n"), { blockBytes: 3 })), ["a", "b"]);
		assert.deepEqual(await readAll(Buffer.from(""), { blockBytes: 3 }), []);
	});
	it("begins anywhere", async () => {
		const lines = await readAll(Buffer.from("aa\nbb\ncc"), { blockBytes: 2, offset: 3, number: 2 });
		assert.deepEqual(lines, [
			{ text: "bb", number: 2, offset: 3, next: 6 },
			{ text: "cc", number: 3, offset: 6, next: 8 },
		]);
	});
	it("of a line that is too long it keeps the place only, also of the last one", async () => {
		for (let blockBytes = 1; blockBytes < 30; blockBytes++) {
			const content = Buffer.from(`ok\n${"x".repeat(11)}\n${"y".repeat(10)}\nok\n${"z".repeat(40)}`);
			const lines = await readAll(content, { blockBytes, maxLineBytes: 10 });
			assert.deepEqual(texts(lines), ["ok", undefined, "y".repeat(10), "ok", undefined], `blocks of ${blockBytes}`);
			assert.deepEqual(
				lines.map(({ next }) => next),
				[3, 15, 26, 29, 69],
			);
		}
	});
});
