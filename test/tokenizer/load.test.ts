import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { SluiceError } from "../../src/errors.ts";
import { toTokenizerCache } from "../../src/tokenizer/cache-format.ts";
import { createTokenizer, loadTokenizer, type Tokenizer, writeTokenizerCache } from "../../src/tokenizer/index.ts";
import { toTokenizerTables } from "../../src/tokenizer/tables.ts";
import { parseTokenizerFile } from "../../src/tokenizer/tokenizer-file.ts";

const source = readFileSync(new URL("../fixtures/tokenizer/tokenizer.json", import.meta.url), "utf8");
const goldens = JSON.parse(readFileSync(new URL("../fixtures/tokenizer/goldens.json", import.meta.url), "utf8")) as {
	text: string;
}[];
const scratch = mkdtempSync(join(tmpdir(), "sluice-tokenizer-"));
after(() => rmSync(scratch, { recursive: true }));

/** A directory with the fixture, and with its cache. */
async function prepare(name: string): Promise<{ json: string; cache: string }> {
	const directory = join(scratch, name);
	mkdirSync(directory);
	const [json, cache] = [join(directory, "tokenizer.json"), join(directory, "tokenizer.bin")];
	writeFileSync(json, source);
	await writeTokenizerCache(json, cache);
	return { json, cache };
}

async function load(path: string): Promise<{ tokenizer: Tokenizer; refused: string[] }> {
	const refused: string[] = [];
	const tokenizer = await loadTokenizer(path, { onCacheRefused: (error: SluiceError) => refused.push(error.detail) });
	return { tokenizer, refused };
}

test("the cache gives the same tokenizer as tokenizer.json", async () => {
	const { json } = await prepare("same");
	const { tokenizer, refused } = await load(json);
	assert.deepEqual(refused, []);
	const expected = createTokenizer(JSON.parse(source));
	assert.deepEqual([tokenizer.vocabSize, tokenizer.bosId], [expected.vocabSize, expected.bosId]);
	for (const { text } of goldens) {
		const encoding = tokenizer.encode(text);
		assert.deepEqual(encoding, expected.encode(text));
		assert.equal(tokenizer.decode(encoding.ids), expected.decode(encoding.ids));
	}
	for (const token of ["<bos>", "▁the", "<0x41>", "absent token", ""]) {
		assert.equal(tokenizer.idOf(token), expected.idOf(token));
	}
	for (const id of [-1, tokenizer.vocabSize, 0.5, Number.NaN]) {
		assert.throws(() => tokenizer.decode([id]), { code: "invalid_request" });
	}
});

test("the cache is read in tokenizer.json's stead, not beside it", async () => {
	const { json, cache } = await prepare("instead");
	const swapped = JSON.parse(source) as { model: { vocab: Record<string, number> } };
	const { vocab } = swapped.model;
	[vocab["▁the"], vocab["▁and"]] = [vocab["▁and"]!, vocab["▁the"]!];
	const tables = toTokenizerTables(parseTokenizerFile(swapped));
	writeFileSync(cache, toTokenizerCache(tables, createHash("sha256").update(source).digest()));
	assert.equal((await load(json)).tokenizer.idOf("▁the"), vocab["▁the"]);
});

test("a cache that is damaged, cut, empty or unreadable is reported and tokenizer.json read", async () => {
	const { json, cache } = await prepare("damaged");
	const whole = readFileSync(cache);
	const flipped = Uint8Array.from(whole);
	flipped[whole.length >> 1]! ^= 4;
	const expected = createTokenizer(JSON.parse(source));
	for (const content of [flipped, whole.subarray(0, -7), whole.subarray(0, 50), new Uint8Array(0), "directory"]) {
		rmSync(cache, { recursive: true });
		if (typeof content === "string") mkdirSync(cache);
		else writeFileSync(cache, content);
		const { tokenizer, refused } = await load(json);
		assert.equal(refused.length, 1);
		assert.match(refused[0]!, /^tokenizer\.bin /);
		for (const { text } of goldens.slice(0, 20)) assert.deepEqual(tokenizer.encode(text), expected.encode(text));
	}
});

test("the cache of another tokenizer.json is not used", async () => {
	const { json } = await prepare("changed");
	const parsed = JSON.parse(source) as { model: { vocab: Record<string, number>; merges: string[][] } };
	parsed.model.merges = parsed.model.merges.slice(0, 10);
	writeFileSync(json, JSON.stringify(parsed));
	const { tokenizer, refused } = await load(json);
	assert.deepEqual(refused, ["tokenizer.bin was made of another tokenizer.json"]);
	assert.deepEqual(tokenizer.encode("the weather"), createTokenizer(parsed).encode("the weather"));
});

test("a cache without its tokenizer.json loads nothing", async () => {
	const { json } = await prepare("alone");
	rmSync(json);
	await assert.rejects(loadTokenizer(json), { code: "invalid_model", detail: /tokenizer\.json/ });
});

test("writing is repeatable, leaves nothing beside the file and refuses what loading would", async () => {
	const { json, cache } = await prepare("written");
	const first = readFileSync(cache);
	await writeTokenizerCache(json, cache);
	assert.deepEqual(readFileSync(cache), first);
	assert.deepEqual(readdirSync(join(scratch, "written")).sort(), ["tokenizer.bin", "tokenizer.json"]);
	const repeated = JSON.parse(source) as { model: { merges: unknown[] } };
	repeated.model.merges.push(repeated.model.merges[3]);
	writeFileSync(json, JSON.stringify(repeated));
	await assert.rejects(writeTokenizerCache(json, cache), { code: "invalid_model", message: /repeats merge 3/ });
	assert.deepEqual(readFileSync(cache), first);
});
