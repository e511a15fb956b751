import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeModel, type GraphProto } from "../../src/onnx/model-proto.ts";
import { decodeModel } from "./onnx-schema.ts";

const EMPTY: GraphProto = { name: "empty", nodes: [], initializers: [], inputs: [], outputs: [] };

function encodeGraph(graph: Partial<GraphProto>): Uint8Array {
	const model = { graph: { ...EMPTY, ...graph }, irVersion: 10, opsets: { "": 23, "com.microsoft": 1 } };
	return encodeModel({ ...model, producer: "sluice", metadata: { hash: "abc", note: "ä ✓" } });
}

test("a model's versions, operator sets and metadata read back as written", () => {
	const model = decodeModel(encodeGraph({}));
	assert.equal(model.irVersion, 10);
	assert.equal(model.producerName, "sluice");
	const opsets = model.opsetImport.map(({ domain = "", version }) => [domain, version]);
	assert.deepEqual(opsets, Object.entries({ "": 23, "com.microsoft": 1 }));
	assert.deepEqual(model.metadataProps, [
		{ key: "hash", value: "abc" },
		{ key: "note", value: "ä ✓" },
	]);
});

test("every kind of attribute reads back with its type, 64-bit and negative integers included", () => {
	const attributes = {
		one: { int: -1 },
		wide: { int: 2 ** 40 },
		half: { float: 0.5 },
		word: { string: "tanh" },
		list: { ints: [0, -3, 300] },
		none: { ints: [] },
		reals: { floats: [1.5, -2] },
		body: { graph: EMPTY },
	};
	const node = { name: "n", type: "Op", domain: "d", inputs: ["a", ""], outputs: ["b"], attributes };
	const [decoded] = decodeModel(encodeGraph({ nodes: [node] })).graph.node;
	assert.deepEqual([decoded?.name, decoded?.opType, decoded?.domain], ["n", "Op", "d"]);
	assert.deepEqual(decoded?.input, ["a", ""]);
	const byName = new Map(decoded?.attribute.map((attribute) => [attribute.name, attribute]));
	assert.deepEqual([byName.get("one")?.i, byName.get("one")?.type], [-1, 2]);
	assert.equal(byName.get("wide")?.i, 2 ** 40);
	assert.deepEqual([byName.get("half")?.f, byName.get("half")?.type], [0.5, 1]);
	assert.deepEqual([byName.get("word")?.s, byName.get("word")?.type], ["tanh", 3]);
	assert.deepEqual([byName.get("list")?.ints, byName.get("list")?.type], [[0, -3, 300], 7]);
	assert.deepEqual([byName.get("none")?.ints, byName.get("none")?.type], [[], 7]);
	assert.deepEqual([byName.get("reals")?.floats, byName.get("reals")?.type], [[1.5, -2], 6]);
	assert.equal(byName.get("body")?.type, 5);
});

test("tensors carry their bytes, or where they lie", () => {
	const inside = {
		name: "w",
		dtype: "float32" as const,
		shape: [2],
		data: new Uint8Array([0, 0, 128, 63, 0, 0, 0, 64]),
	};
	const location = { location: "weights.data", offset: 2 ** 33, length: 6 };
	const outside = { name: "q", dtype: "int8" as const, shape: [2, 3], data: location };
	const [w, q] = decodeModel(encodeGraph({ initializers: [inside, outside] })).graph.initializer;
	assert.deepEqual([w?.name, w?.dims, w?.dataType, [...(w?.rawData ?? [])]], ["w", [2], 1, [...inside.data]]);
	assert.deepEqual([q?.dims, q?.dataType, q?.dataLocation], [[2, 3], 3, 1]);
	assert.deepEqual(q?.externalData, [
		{ key: "location", value: "weights.data" },
		{ key: "offset", value: "8589934592" },
		{ key: "length", value: "6" },
	]);
});

test("shapes keep numbers, symbols and unknown sizes; a scalar has a shape without sizes", () => {
	const inputs = [
		{ name: "x", dtype: "int64" as const, shape: ["batch", 3, "?"] },
		{ name: "s", dtype: "bool" as const, shape: [] },
	];
	const [x, s] = decodeModel(encodeGraph({ inputs })).graph.input;
	assert.equal(x?.type.tensorType.elemType, 7);
	assert.deepEqual(x?.type.tensorType.shape.dim, [{ dimParam: "batch" }, { dimValue: 3 }, {}]);
	assert.deepEqual(s?.type.tensorType.shape.dim, []);
});
