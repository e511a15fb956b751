/** Links between lines. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { GENESIS, readLine, sealLine } from "../../src/audit/chain.ts";

const JSON_TEXT = JSON.stringify({ kind: "note", text: "ein Wört 🎈 \ud800" });

it("a line says what it continues and what it is", () => {
	const first = sealLine(GENESIS, JSON_TEXT);
	const second = sealLine(first.link, JSON_TEXT);
	const read = readLine(Buffer.from(second.line));
	assert.deepEqual(read, { ...second.link, prev: first.link.hash, isIntact: true });
	assert.equal(second.link.seq, 2);
	assert.equal(JSON.parse(second.line).text, JSON.parse(JSON_TEXT).text);
});

it("a line with any one bit flipped is not intact", () => {
	const { line } = sealLine(sealLine(GENESIS, JSON_TEXT).link, JSON_TEXT);
	const bytes = Buffer.from(line);
	for (let bit = 0; bit < bytes.length * 8; bit++) {
		const changed = Buffer.from(bytes);
		changed[bit >> 3]! ^= 1 << (bit & 7);
		assert.notEqual(readLine(changed)?.isIntact, true, `bit ${bit}`);
	}
});

it("bytes that no log wrote are no line", () => {
	for (const text of ["", "{}", "x".repeat(300), JSON_TEXT]) assert.equal(readLine(Buffer.from(text)), undefined);
});
