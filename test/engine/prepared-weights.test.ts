import assert from "node:assert/strict";
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	truncateSync,
	writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { type PackingOrder, packWeights } from "../../src/engine/packed-weights.ts";
import { type PlainModel, type PrepareOptions, prepareWeights } from "../../src/engine/prepared-weights.ts";
import { readExternalData } from "../../src/onnx/index.ts";
import { runGraphs } from "./graph-process.ts";
import { type Matrix, writePackableModel } from "./packable-model.ts";

const root = mkdtempSync(join(tmpdir(), "sluice-prepared-"));
after(() => rmSync(root, { recursive: true }));
const linux = process.platform === "linux";

async function createModel(name: string, matrices: readonly Matrix[], seed?: number): Promise<PlainModel> {
	const directory = join(root, name);
	mkdirSync(directory);
	return writePackableModel(directory, matrices, seed);
}

const SMALL: readonly Matrix[] = [{ kind: "int8", inputs: 64, outputs: 48 }];

/** Options that pack here and count it. */
function counting(name: string): PrepareOptions & { packed: number } {
	const options = {
		packed: 0,
		cacheDir: join(root, `${name}-cache`),
		minBytes: 1,
		cpuKey: "test",
		pack: (order: PackingOrder) => {
			options.packed++;
			return packWeights(order);
		},
	};
	return options;
}

/** Every kind of weights, in sizes that lie unaligned in the runtime's own file and in those of real layers. */
const EVERY_KIND: readonly Matrix[] = [
	{ kind: "int8", inputs: 1152, outputs: 33 },
	{ kind: { bits: 4, block: 32 }, inputs: 1152, outputs: 7 },
	{ kind: { bits: 4, block: 128 }, inputs: 1152, outputs: 31 },
	{ kind: { bits: 8, block: 128 }, inputs: 1152, outputs: 33 },
	{ kind: { bits: 8, block: 32 }, inputs: 1152, outputs: 65 },
	{ kind: "f32", inputs: 1152, outputs: 17 },
	{ kind: "int8", inputs: 1152, outputs: 2304 },
	{ kind: { bits: 4, block: 128 }, inputs: 1152, outputs: 2304 },
	{ kind: { bits: 8, block: 128 }, inputs: 1152, outputs: 1024 },
	{ kind: "f32", inputs: 1152, outputs: 512 },
];

test("prepared graphs give the plain graphs' outputs bit for bit, in two processes that prepare at once", async () => {
	const model = await createModel("every-kind", EVERY_KIND);
	const order = { model, inputs: 1152, rows: [1, 8, 128] };
	const cacheDir = join(root, "every-kind-cache");
	const plain = await runGraphs(order);
	const both = await Promise.all([runGraphs({ ...order, cacheDir }), runGraphs({ ...order, cacheDir, cores: 2 })]);
	for (const { plain: reason, outputs } of both) {
		assert.equal(reason, undefined);
		assert.deepEqual(outputs, plain.outputs);
	}
	assert.equal(readdirSync(join(cacheDir, "prepared")).length, 1, "one directory, no locks, nothing unfinished");
});

test("sessions map prepared weights: memory of their own stays below half, two graphs take no more", {
	skip: !linux,
}, async () => {
	const matrices = Array.from({ length: 8 }, (): Matrix => ({ kind: "int8", inputs: 2304, outputs: 4608 }));
	const model = await createModel("large", matrices);
	const weights = 8 * 2304 * 4608;
	const order = { model, inputs: 2304, rows: [4] };
	const plain = await runGraphs({ ...order, model: { ...model, files: { model: model.files.model! } } });
	const prepared = await runGraphs({ ...order, cacheDir: join(root, "large-cache") });
	assert.equal(prepared.plain, undefined);
	assert.equal(prepared.outputs[0], plain.outputs[0]);
	assert.ok(plain.bytes[0]! > 0.8 * weights, `plain: ${plain.bytes[0]} of ${weights} bytes`);
	for (const bytes of prepared.bytes) assert.ok(bytes < 0.5 * weights, `prepared: ${bytes} of ${weights} bytes`);
});

test("a model is prepared once, by one of those who ask at the same time; its weights are not copied", async () => {
	const model = await createModel("once", SMALL);
	const options = counting("once");
	const results = await Promise.all([prepareWeights(model, options), prepareWeights(model, options)]);
	results.push(await prepareWeights(model, options));
	assert.equal(options.packed, 1);
	for (const { files, plain } of results) {
		assert.equal(plain, undefined);
		assert.deepEqual(files, results[0]!.files);
	}
	const [own, theirs] = [model.directory, dirname(results[0]!.files.model!)].map((d) =>
		statSync(join(d, "weights.data")),
	);
	assert.equal(own!.ino, theirs!.ino);
	await prepareWeights(model, { ...options, cpuKey: "other" });
	assert.equal(options.packed, 2, "another processor has its own");
});

test("weights that only one of the graphs has are packed too, those that several have once", async () => {
	const kinds: Matrix[] = [{ kind: "int8", inputs: 64, outputs: 48 }];
	for (const only of ["model", "slots"] as const) kinds.push({ kind: "int8", inputs: 64, outputs: 40, only });
	const model = await createModel("only", kinds);
	const { files } = await prepareWeights(model, counting("only"));
	for (const path of Object.values(files)) {
		const entries = [...readExternalData(readFileSync(path)).values()].flat();
		const packed = entries.filter(([key]) => key.startsWith("prepacked")).map(([, value]) => value);
		assert.equal(new Set(packed).size, 3);
		assert.equal(packed.length, 3);
	}
	const order = { model, inputs: 64, rows: [2] };
	assert.deepEqual(
		(await runGraphs({ ...order, model: { ...model, files } })).outputs,
		(await runGraphs(order)).outputs,
	);
});

test("a prepared directory that is not whole is made again", async () => {
	const model = await createModel("broken", SMALL);
	const options = counting("broken");
	const { files } = await prepareWeights(model, options);
	const place = dirname(files.model!);
	const breakings = [
		() => truncateSync(join(place, "packed.data"), 100),
		() => rmSync(join(place, "slots.onnx")),
		() => writeFileSync(join(place, "prepared.json"), "{"),
		() => rmSync(join(place, "prepared.json")),
	];
	for (const [i, damage] of breakings.entries()) {
		damage();
		assert.deepEqual(await prepareWeights(model, options), { files });
		assert.equal(options.packed, i + 2);
	}
	const { outputs } = await runGraphs({ model: { ...model, files }, inputs: 64, rows: [2] });
	assert.deepEqual(outputs, (await runGraphs({ model, inputs: 64, rows: [2] })).outputs);
});

test("what a killed process left is cleared away, its lock included", async () => {
	const model = await createModel("killed", SMALL);
	const options = counting("killed");
	const { files } = await prepareWeights(model, options);
	const place = dirname(files.model!);
	rmSync(place, { recursive: true });
	mkdirSync(`${place}.0123456789ab.tmp`);
	writeFileSync(`${place}.lock`, `${hostname()} ${2 ** 22 + 1}`);
	assert.deepEqual(await prepareWeights(model, options), { files });
	assert.deepEqual(readdirSync(dirname(place)).length, 1);
});

test("what was prepared of a model that is gone is taken away when the next one is prepared", async () => {
	const options = counting("gone");
	const gone = await createModel("gone", SMALL, 1);
	const { files } = await prepareWeights(gone, options);
	await prepareWeights(await createModel("kept", SMALL, 2), options);
	assert.ok(existsSync(files.model!), "its model is still there");
	rmSync(gone.directory, { recursive: true });
	await prepareWeights(await createModel("next", SMALL, 3), options);
	assert.equal(existsSync(files.model!), false);
});

test("where preparing is not wanted or cannot be done, the plain graphs stay and the reason is said", async () => {
	const model = await createModel("plain", SMALL);
	const options = counting("plain");
	const file = join(root, "file");
	writeFileSync(file, "");
	const cases: [RegExp, PlainModel, PrepareOptions][] = [
		[/small/, model, { ...options, minBytes: undefined }],
		[/processor/, model, { ...options, cpuKey: undefined }],
		[/ENOTDIR|EEXIST/, model, { ...options, cacheDir: file }],
		[/ENOSPC/, model, { ...options, pack: () => Promise.reject(new Error("ENOSPC: no space left on device")) }],
		[/ENOENT/, { ...model, directory: join(root, "nowhere") }, { ...options, pack: undefined }],
	];
	for (const [reason, of, how] of cases) {
		const { files, plain } = await prepareWeights(of, how);
		assert.deepEqual(files, model.files);
		assert.match(plain!, reason);
	}
	assert.deepEqual(readdirSync(join(options.cacheDir, "prepared")), []);
});
