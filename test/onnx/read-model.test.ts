import assert from "node:assert/strict";
import { test } from "node:test";
import {
	add,
	createGraph,
	type ExternalEntries,
	matMul,
	readExternalData,
	replaceExternalData,
	toModelFile,
} from "../../src/onnx/index.ts";
import { decodeModel } from "./onnx-schema.ts";

/** x · w + b + a constant, w at an offset beyond 32 bits. */
function createModel(): Uint8Array {
	const g = createGraph("product");
	const x = g.input("x", "float32", ["n", 4]);
	const specs = [
		{ name: "w", dtype: "float32" as const, shape: [4, 3] },
		{ name: "b", dtype: "float32" as const, shape: [3] },
	];
	const [w, b] = g.weights(specs, () => [new Float32Array(12), new Float32Array(3)]);
	g.output("y", add(g, add(g, matMul(g, x, w!), b!), g.constant(Float32Array.of(0.5), [])));
	const locations = new Map([
		["w", { location: "weights.data", offset: 2 ** 40, length: 48 }],
		["b", { location: "weights.data", offset: 64, length: 12 }],
	]);
	return toModelFile(g, locations, { made: "here" });
}

const MOVED: ExternalEntries = [
	["location", "packed.data"],
	["offset", "4096"],
	["length", "12"],
	["prepacked_0", "MatMul+123|8192;48;0"],
];

test("what the writer wrote about weights is read back; constants in the file are left out", () => {
	const found = readExternalData(createModel());
	assert.deepEqual(Object.fromEntries(found), {
		w: [
			["location", "weights.data"],
			["offset", String(2 ** 40)],
			["length", "48"],
		],
		b: [
			["location", "weights.data"],
			["offset", "64"],
			["length", "12"],
		],
	});
});

test("replaced entries are in the file, and everything else is as it was", () => {
	const model = createModel();
	const changed = replaceExternalData(model, new Map([["b", MOVED]]));
	assert.deepEqual(readExternalData(changed).get("b"), MOVED);
	const [before, after] = [decodeModel(model), decodeModel(changed)];
	const initializer = after.graph.initializer.map((tensor) =>
		tensor.name === "b"
			? { ...tensor, externalData: before.graph.initializer.find(({ name }) => name === "b")!.externalData }
			: tensor,
	);
	assert.deepEqual({ ...after, graph: { ...after.graph, initializer } }, before);
	assert.deepEqual(replaceExternalData(changed, readExternalData(model)), replaceExternalData(model, new Map()));
});

test("without replacements, or for names that are not there or lie in the file, not a byte changes", () => {
	const model = createModel();
	const inFile = decodeModel(model).graph.initializer.find(({ rawData }) => rawData !== undefined)!.name;
	for (const names of [[], ["v"], [inFile]])
		assert.deepEqual(replaceExternalData(model, new Map(names.map((name) => [name, MOVED]))), model);
});

test("bytes that are cut short or no model are an error", () => {
	const model = createModel();
	for (const bytes of [model.subarray(0, -1), Uint8Array.of(0x0b), new Uint8Array(16).fill(0xff)])
		assert.throws(() => readExternalData(bytes), RangeError);
});
