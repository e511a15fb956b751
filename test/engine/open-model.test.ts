/** The engine on real inference threads with the fixtures' models. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { convertModel } from "../../src/convert/index.ts";
import { type Model, type OpenOptions, openModel } from "../../src/engine/index.ts";
import { ROWS_LIMITS } from "../../src/engine/run-limits.ts";
import { fixturePath, maxDifference, readGolden } from "../conformance/golden.ts";
import { createModelDirectory, HEAD_ROWS, randomIds } from "./model-directory.ts";

const griffin = createModelDirectory("griffin", { hiddenSize: 64 });
const { cacheDir } = griffin;
const opened: Model[] = [];
after(async () => {
	await Promise.all(opened.map((model) => model.close())); // a test that failed did not
	griffin.remove();
});

async function open(directory: string, options: OpenOptions = {}): Promise<Model> {
	const model = await openModel(directory, { cacheDir, ...options });
	opened.push(model);
	return model;
}

const VOCAB = 512;
const ids = (length: number, seed: number): number[] => randomIds(length, { seed, vocabSize: VOCAB });
const LENGTHS = [
	1,
	9,
	30,
	31,
	100,
	ROWS_LIMITS.wholeTokens,
	ROWS_LIMITS.wholeTokens + 1,
	3 * ROWS_LIMITS.wholeTokens + 17,
];

/** Opens the griffin with heads, runs the body, closes. */
async function withModel(options: OpenOptions, body: (model: Model) => Promise<void>): Promise<void> {
	const model = await open(griffin.source, options);
	await body(model);
	await model.close();
}

/** Appends ids in pieces of the given sizes, then the rest; returns the outputs one after another. */
async function readPieces(
	model: Model,
	outputs: "logits" | "heads",
	all: readonly number[],
	pieces: readonly number[],
): Promise<Float32Array> {
	const session = await model.session({ outputs });
	const values: number[] = [];
	let at = 0;
	for (const size of [...pieces, all.length]) {
		if (at >= all.length) break;
		const result = await session.append(all.slice(at, at + size));
		for (const value of result[outputs]!) values.push(value);
		at += size;
	}
	assert.equal(session.length, all.length);
	await session.close();
	return Float32Array.from(values);
}

for (const fixture of ["griffin", "hawk", "recurrentgemma"]) {
	test(`${fixture}: forward gives the reference's logits (8e-4) and hidden states (3e-4), packed rows too`, async () => {
		const golden = readGolden(fixture);
		const model = await open(fixturePath(fixture));
		const { vocabSize } = model;
		for (const { tokens, logits, logits_start, hidden } of golden.sequences) {
			const result = await model.forward(tokens, { hidden: hidden !== undefined });
			assert.ok(maxDifference(result.logits.subarray(logits_start * vocabSize), golden.read(logits)) <= 8e-4);
			if (hidden === undefined) continue;
			assert.equal(result.hidden!.length, model.layers + 1);
			const states = result.hidden!.flatMap((state) => [...state]);
			assert.ok(maxDifference(states, golden.read(hidden)) <= 3e-4);
		}
		const { tokens, positions, logits } = golden.packed;
		const packed = await model.forward(tokens, { positions });
		assert.ok(maxDifference(packed.logits, golden.read(logits)) <= 8e-4);
		await model.close();
	});
}

for (const [weights, tolerance] of [
	["f32", 1e-5],
	["q8", 1e-4],
	["q4", 1e-4],
] as const) {
	test(`${weights}: one call, 50 concurrent calls, pieces and single tokens give the same heads (${tolerance})`, async () => {
		await withModel({ weights, threads: 2 }, async (model) => {
			const texts = LENGTHS.map((length, seed) => ids(length, seed));
			const alone: Float32Array[] = [];
			for (const text of texts) alone.push(await model.heads(text));
			const crowd = await Promise.all(Array.from({ length: 50 }, (_, i) => model.heads(texts[i % texts.length]!)));
			for (const [i, values] of crowd.entries()) {
				assert.equal(values.length, texts[i % texts.length]!.length * HEAD_ROWS);
				assert.ok(maxDifference(values, alone[i % texts.length]!) <= tolerance, `text ${i % texts.length} in a crowd`);
			}
			for (const [i, text] of texts.entries()) {
				const pieces = await readPieces(model, "heads", text, [3, 1, 40, 300]);
				assert.ok(maxDifference(pieces, alone[i]!) <= tolerance, `text ${i} in pieces`);
				const tokens = await readPieces(model, "heads", text.slice(0, 120), Array<number>(120).fill(1));
				assert.ok(maxDifference(tokens, alone[i]!.subarray(0, tokens.length)) <= tolerance, `text ${i} by tokens`);
			}
		});
	});
}

test("logits of a long text are those of a session that reads it in other pieces (1e-5)", async () => {
	await withModel({ threads: 2 }, async (model) => {
		const text = ids(2 * ROWS_LIMITS.wholeTokens + 100, 5);
		const { logits, hidden } = await model.forward(text, { hidden: true });
		assert.equal(logits.length, text.length * VOCAB);
		assert.deepEqual(
			hidden!.map(({ length }) => length),
			Array(4).fill(text.length * 64),
		);
		assert.ok(maxDifference(await readPieces(model, "logits", text, [200, 100]), logits) <= 1e-5);
		const positions = text.map((_, i) => i);
		assert.ok(maxDifference((await model.forward(text, { positions })).logits, logits) <= 1e-5);
	});
});

test("a fork equals its original and goes its own way", async () => {
	await withModel({}, async (model) => {
		const original = await model.session();
		await original.append(ids(60, 1));
		const fork = await original.fork();
		assert.deepEqual([fork.length, fork.stateBytes], [original.length, original.stateBytes]);
		await fork.append(ids(7, 2));
		const [ofOriginal] = await Promise.all([original.append([5, 6]), original.append([7])]);
		const again = await original.fork();
		await original.close();
		const whole = await model.forward([...ids(60, 1), 5, 6]);
		assert.ok(maxDifference(ofOriginal.logits!, whole.logits.subarray(60 * VOCAB)) <= 1e-5);
		const forked = await model.forward([...ids(60, 1), ...ids(7, 2), 9]);
		assert.ok(maxDifference((await fork.append([9])).logits!, forked.logits.subarray(67 * VOCAB)) <= 1e-5);
		const copied = await model.forward([...ids(60, 1), 5, 6, 7, 8]);
		assert.ok(maxDifference((await again.append([8])).logits!, copied.logits.subarray(63 * VOCAB)) <= 1e-5);
		await assert.rejects(original.append([1]), { code: "invalid_request" });
	});
});

test("a session's state stops growing when the attention window is full", async () => {
	await withModel({}, async (model) => {
		const session = await model.session({ outputs: "heads" });
		const recurrent = 2 * 4 * 88 * (1 + 3);
		assert.equal(session.stateBytes, recurrent);
		const sizes: number[] = [];
		for (const count of [1, 15, 1, 500]) {
			await session.append(ids(count, 3));
			sizes.push(session.stateBytes - recurrent);
		}
		const perToken = 2 * 4 * 16;
		assert.deepEqual(sizes, [perToken, 16 * perToken, 16 * perToken, 16 * perToken]);
	});
});

test("ids and positions that do not fit are refused, naming the index", async () => {
	await withModel({}, async (model) => {
		const session = await model.session();
		for (const call of [model.heads, model.forward, session.append]) {
			await assert.rejects(call([]), { code: "invalid_request" });
			await assert.rejects(call([1, 2, VOCAB]), { code: "invalid_request", pointer: "/ids/2" });
			await assert.rejects(call([1, -1]), { code: "invalid_request", pointer: "/ids/1" });
			await assert.rejects(call([0.5]), { code: "invalid_request", pointer: "/ids/0" });
			await assert.rejects(call([1, Number.NaN]), { code: "invalid_request", pointer: "/ids/1" });
		}
		await assert.rejects(model.forward([1, 2], { positions: [0] }), { code: "invalid_request", pointer: "/positions" });
		await assert.rejects(model.forward([1, 2], { positions: [0, -2] }), { pointer: "/positions/1" });
		await assert.rejects(model.forward({ length: 2 ** 20, 0: 1 }), { code: "invalid_request", pointer: "/ids/1" });
		await assert.rejects(model.forward(new Int32Array(2 ** 20)), { code: "text_too_long" });
	});
});

test("a model without heads says so", async () => {
	const model = await open(fixturePath("hawk"));
	assert.equal(model.headRows, 0);
	await assert.rejects(model.heads([1]), { code: "invalid_request" });
	await assert.rejects(model.session({ outputs: "heads" }), { code: "invalid_request" });
	await model.close();
});

test("the caller's array may be reused as soon as the call is made", async () => {
	await withModel({}, async (model) => {
		const text = Int32Array.from(ids(40, 8));
		const expected = await model.heads(text.slice());
		const pending = model.heads(text);
		text.fill(0);
		assert.equal(maxDifference(await pending, expected), 0);
		assert.equal(text.length, 40);
	});
});

test("a directory is converted once per content and kind of weights; processes at once end with one entry", async () => {
	const own = createModelDirectory("hawk");
	const openOwn = (): Promise<Model> => open(own.source, { cacheDir: own.cacheDir, weights: "q8" });
	const models = await Promise.all([openOwn(), openOwn(), openOwn()]);
	const [first] = models;
	assert.equal(new Set(models.map(({ directory }) => directory)).size, 1);
	const results = await Promise.all(models.map((model) => model.forward([2, 3])));
	for (const { logits } of results) assert.equal(maxDifference(logits, results[0]!.logits), 0);
	assert.deepEqual(readdirSync(own.cacheDir).length, 1);
	await Promise.all(models.map((model) => model.close()));

	rmSync(join(own.source, "model.safetensors"));
	const direct = await open(first!.directory);
	assert.equal(direct.identity.hash, first!.identity.hash);
	await direct.close();
	await assert.rejects(openModel(first!.directory, { weights: "f32" }), { code: "invalid_model" });
	own.remove();
});

test("the identity follows the content", async () => {
	const own = createModelDirectory("hawk");
	const identityOf = async (): Promise<string> => {
		const model = await open(own.source, { cacheDir: own.cacheDir });
		await model.close();
		assert.equal(model.identity.id, "hawk");
		return model.identity.hash;
	};
	const before = await identityOf();
	writeFileSync(join(own.source, "tokenizer.json"), "{}");
	assert.notEqual(await identityOf(), before);
	own.remove();
});

test("a damaged converted directory fails to open, with the reason as the cause", async () => {
	const own = createModelDirectory("hawk");
	const out = join(own.root, "out");
	await convertModel(own.source, out, { weights: "f32" });
	rmSync(join(out, "weights.data"));
	await assert.rejects(openModel(out, { threads: 2 }), (error: Error & { code?: string }) => {
		assert.equal(error.code, "invalid_model");
		assert.match(String(error.cause), /weights\.data/);
		return true;
	});
	own.remove();
});

test("options that do not fit are refused before anything is opened", async () => {
	for (const options of [{ threads: 0 }, { threads: 1.5 }, { maxQueue: 0 }, { maxSessions: -1 }])
		await assert.rejects(openModel("nowhere", options), { code: "invalid_request" });
	await assert.rejects(openModel("nowhere"), { code: "invalid_model" });
	assert.equal(existsSync("nowhere"), false);
});

test("closing leaves no handle behind", async () => {
	const before = process.getActiveResourcesInfo().filter((name) => /Port|Worker/.test(name)).length;
	await withModel({ threads: 2 }, async (model) => {
		await (await model.session()).append([1, 2, 3]);
		await model.heads([1]);
	});
	assert.equal(process.getActiveResourcesInfo().filter((name) => /Port|Worker/.test(name)).length, before);
});
