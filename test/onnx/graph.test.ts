import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "../../src/errors.ts";
import { add, createGraph, type Graph, mul, split, toModelFile } from "../../src/onnx/index.ts";
import { type DecodedGraph, decodeModel } from "./onnx-schema.ts";

function decode(g: Graph): DecodedGraph {
	return decodeModel(toModelFile(g, new Map())).graph;
}

function invalidGraph(pattern: RegExp): (error: unknown) => boolean {
	return (error) => error instanceof SluiceError && error.code === "invalid_graph" && pattern.test(error.detail);
}

test("nodes are named after their scope, nested scopes joined by slashes", () => {
	const g = createGraph("main");
	const x = g.input("x", "float32", ["n", 4]);
	const inner = g.scope("layers.3").scope("attn");
	g.output("y", add(inner, mul(inner, x, x), mul(inner, x, x)));
	const names = decode(g).node.map((node) => node.name);
	assert.deepEqual(names, ["layers.3/attn/Mul", "layers.3/attn/Mul.1", "layers.3/attn/Add"]);
});

test("equal constants are stored once, others apart", () => {
	const g = createGraph("main");
	const a = g.constant(Float32Array.of(1, 2), [2]);
	assert.equal(g.scope("elsewhere").constant(Float32Array.of(1, 2), [2]), a);
	assert.notEqual(g.constant(Float32Array.of(1, 2), [1, 2]), a);
	assert.notEqual(g.constant(Int32Array.from(new Int32Array(Float32Array.of(1, 2).buffer)), [2]), a);
	assert.equal(decode(g).initializer.length, 3);
});

test("weights of one name are the same value and are produced once", () => {
	const g = createGraph("main");
	const spec = { name: "w", dtype: "float32" as const, shape: [2] };
	const [first] = g.weights([spec], () => [Float32Array.of(1, 2)]);
	const [again] = g.weights([spec], () => assert.fail("produced twice"));
	assert.equal(again, first);
	assert.equal(g.weightGroups().length, 1);
	const other = { ...spec, shape: [3] };
	assert.throws(() => g.weights([other], () => []), invalidGraph(/w was float32 \[2\], now float32 \[3\]/));
});

test("results keep their declared names without a copy, one value under two names takes one", () => {
	const g = createGraph("main");
	const x = g.input("x", "float32", ["n"]);
	const y = mul(g, x, x);
	g.output("y", y);
	g.output("same", y);
	g.output("x.again", x);
	const graph = decode(g);
	assert.deepEqual(
		graph.output.map(({ name }) => name),
		["y", "same", "x.again"],
	);
	assert.deepEqual(
		graph.node.map((node) => [node.opType, ...node.output]),
		[
			["Mul", "y"],
			["Identity", "same"],
			["Identity", "x.again"],
		],
	);
	assert.deepEqual(graph.node[1]?.input, ["y"]);
});

test("names declared twice, values of another graph and constants that do not fill their shape are rejected", () => {
	const g = createGraph("main");
	const x = g.input("x", "float32", [2]);
	assert.throws(() => g.input("x", "float32", [2]), invalidGraph(/main: input: x is declared twice/));
	g.output("y", mul(g, x, x));
	assert.throws(() => g.output("y", mul(g, x, x)), invalidGraph(/output: y is declared twice/));
	const foreign = createGraph("other").input("z", "float32", [2]);
	assert.throws(() => add(g.scope("head"), x, foreign), invalidGraph(/head: Add: z belongs to another graph/));
	assert.throws(() => g.constant(Float32Array.of(1), [2]), invalidGraph(/1 values for \[2\]/));
});

test("operators with several results name each of them", () => {
	const g = createGraph("main");
	const parts = split(g, g.input("x", "float32", ["n", 6]), [2, 4], -1);
	assert.deepEqual(
		parts.map(({ name, shape }) => [name, shape]),
		[
			["Split:0", ["n", 2]],
			["Split:1", ["n", 4]],
		],
	);
});
