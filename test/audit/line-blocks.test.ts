import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLineBlocks, type LineBlocks } from "../../src/audit/line-blocks.ts";

const push = (blocks: LineBlocks, seq: number, line: string, file = "a"): void =>
	blocks.push({ file, line, link: { seq, hash: `hash ${seq}` } });

/** Takes blocks until none is left; their files and texts. */
function drain(blocks: LineBlocks): [string, string][] {
	const taken: [string, string][] = [];
	while (blocks.count > 0) {
		const { file, bytes } = blocks.front();
		taken.push([file, Buffer.from(bytes).toString()]);
		blocks.drop();
	}
	return taken;
}

describe("lines that wait for the disk", () => {
	it("come out in order, in bytes, one file at a time", () => {
		const blocks = createLineBlocks();
		push(blocks, 1, "one");
		push(blocks, 2, "zwö 😀");
		push(blocks, 3, "three", "b");
		push(blocks, 4, "four", "a");
		assert.deepEqual(blocks.pending, { lines: 4, characters: 18 });
		assert.equal(blocks.last?.seq, 4);
		assert.deepEqual(drain(blocks), [
			["a", "one\nzwö 😀\n"],
			["b", "three\n"],
			["a", "four\n"],
		]);
		assert.deepEqual(blocks.pending, { lines: 0, characters: 0 });
		assert.equal(blocks.last, undefined);
	});
	it("that come while others are written stay apart from them, so that these can be written again", () => {
		const blocks = createLineBlocks();
		push(blocks, 1, "one");
		const first = blocks.front();
		push(blocks, 2, "two");
		push(blocks, 3, "three");
		assert.deepEqual(blocks.front(), first, "a second attempt");
		assert.equal(Buffer.from(first.bytes).toString(), "one\n");
		assert.equal(first.last.seq, 1);
		blocks.drop();
		assert.deepEqual(drain(blocks), [["a", "two\nthree\n"]]);
	});
	it("are never cut, however long, and blocks are filled again", () => {
		const blocks = createLineBlocks();
		for (let round = 0; round < 5; round++) {
			const lines = [10, 200_000, 90_000, 5, 70_000, 1].map((length, i) => `${i}`.repeat(length));
			for (const [i, line] of lines.entries()) push(blocks, i, line);
			assert.ok(blocks.count > 1);
			const text = drain(blocks)
				.map(([, part]) => part)
				.join("");
			assert.equal(text, lines.map((line) => `${line}\n`).join(""));
		}
	});
});
