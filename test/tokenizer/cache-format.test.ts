import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseTokenizerCache, toTokenizerCache } from "../../src/tokenizer/cache-format.ts";
import { type TokenizerTables, toTokenizerTables } from "../../src/tokenizer/tables.ts";
import { parseTokenizerFile } from "../../src/tokenizer/tokenizer-file.ts";

const json = readFileSync(new URL("../fixtures/tokenizer/tokenizer.json", import.meta.url), "utf8");
const tables = toTokenizerTables(parseTokenizerFile(JSON.parse(json)));
const source = Uint8Array.from({ length: 32 }, (_, i) => 7 * i);
const file = toTokenizerCache(tables, source);

test("a file gives back the tables it was made of, at any place in memory", () => {
	for (const shift of [0, 1, 4]) {
		const moved = new Uint8Array(file.length + shift).subarray(shift);
		moved.set(file);
		assert.deepEqual(parseTokenizerCache(moved, source), tables);
	}
	for (const name of ["prepend", "independentWords", "stripsSpace"] as const) {
		const other: TokenizerTables = { ...tables, [name]: !tables[name] };
		assert.deepEqual(parseTokenizerCache(toTokenizerCache(other, source), source), other);
	}
});

test("the same tables give the same bytes", () => {
	assert.deepEqual(toTokenizerCache(tables, source), file);
});

test("one changed bit anywhere is noticed", () => {
	for (let i = 0; i < file.length; i += i < 64 || i > file.length - 40 ? 1 : 997) {
		const damaged = Uint8Array.from(file);
		damaged[i]! ^= 1 << (i % 8);
		assert.throws(
			() => parseTokenizerCache(damaged, source),
			{ code: "invalid_model", detail: /^tokenizer\.bin / },
			`${i}`,
		);
	}
});

test("a file cut short or with more behind it is noticed", () => {
	const lengths = [
		0,
		1,
		31,
		63,
		64,
		95,
		96,
		1000,
		file.length - 33,
		file.length - 32,
		file.length - 4,
		file.length - 1,
	];
	for (const length of lengths) {
		assert.throws(() => parseTokenizerCache(file.slice(0, length), source), { code: "invalid_model" }, `${length}`);
	}
	const longer = new Uint8Array(file.length + 4);
	longer.set(file);
	assert.throws(() => parseTokenizerCache(longer, source), { code: "invalid_model" });
});

test("a file of another version or of another tokenizer.json is refused by name", () => {
	const other = Uint8Array.from(file);
	new DataView(other.buffer).setUint32(8, 999, true);
	assert.throws(() => parseTokenizerCache(other, source), { detail: /version 999/ });
	assert.throws(() => parseTokenizerCache(file, new Uint8Array(32)), { detail: /another tokenizer\.json/ });
});
