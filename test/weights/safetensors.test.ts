import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isSluiceError } from "../../src/errors.ts";
import { openWeights } from "../../src/weights/safetensors.ts";
import { writeSafetensors } from "../../src/weights/safetensors-writer.ts";

const directory = mkdtempSync(join(tmpdir(), "sluice-weights-"));
after(() => rmSync(directory, { recursive: true }));

let files = 0;
/** A file with the given header (an object, or raw bytes), header length (default: true) and data. */
function craft(header: unknown, data: Uint8Array = new Uint8Array(0), length?: bigint): string {
	const json = Buffer.isBuffer(header)
		? header
		: Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
	const prefix = Buffer.alloc(8);
	prefix.writeBigUInt64LE(length ?? BigInt(json.length));
	const path = join(directory, `crafted-${files++}.safetensors`);
	writeFileSync(path, Buffer.concat([prefix, json, data]));
	return path;
}

function assertInvalid(run: () => unknown, ...mentions: (string | RegExp)[]): void {
	assert.throws(run, (error) => {
		assert(isSluiceError(error), String(error));
		assert.equal(error.code, "invalid_weights");
		for (const mention of mentions) {
			if (typeof mention === "string") assert(error.detail.includes(mention), error.detail);
			else assert.match(error.detail, mention);
		}
		return true;
	});
}

const entry = (begin: number, end: number, shape = [(end - begin) / 4], dtype = "F32"): unknown => ({
	dtype,
	shape,
	data_offsets: [begin, end],
});

test("what was written is read back: values, bytes, shapes, metadata", () => {
	const path = join(directory, "round.safetensors");
	const f32 = new Float32Array([1, -2.5, 3e-30, 4e30, 0, -0]);
	const i64 = new BigInt64Array([-1n, 1n << 40n]);
	writeSafetensors(
		path,
		[
			{ name: "a.weight", dtype: "F32", shape: [2, 3], data: f32 },
			{ name: "ids", dtype: "I64", shape: [2], data: i64 },
			{ name: "empty", dtype: "F32", shape: [0, 4], data: new Float32Array(0) },
			{ name: "scalar", dtype: "I8", shape: [], data: new Int8Array([-7]) },
			{ name: "__proto__", dtype: "U8", shape: [1], data: new Uint8Array([9]) },
		],
		{ format: "pt" },
	);
	const weights = openWeights(path);
	assert.deepEqual(weights.metadata, { format: "pt" });
	assert.deepEqual(weights.readF32("a.weight"), f32);
	assert.deepEqual(new BigInt64Array(weights.read("ids").buffer), i64);
	assert.equal(weights.readF32("empty").length, 0);
	assert.deepEqual(new Int8Array(weights.read("scalar").buffer), new Int8Array([-7]));
	assert.deepEqual(weights.read("__proto__"), new Uint8Array([9]));
	const info = weights.tensors.get("ids")!;
	assert.deepEqual([info.dtype, info.shape, info.length, info.file], ["I64", [2], 16, path]);
	assert.deepEqual(readFileSync(path).subarray(info.offset, info.offset + 16), Buffer.from(i64.buffer));
	assertInvalid(() => weights.readF32("ids"), "round.safetensors", '"ids"', "I64");
	assertInvalid(() => weights.readF32("absent"), "round.safetensors", '"absent"');
	weights.close();
	assert.throws(() => weights.read("ids"), /closed/);
});

test("every bfloat16 and float16 bit pattern converts exactly, also across read chunks", () => {
	const patterns = new Uint16Array(65536 * 9).map((_, i) => i);
	const path = join(directory, "half.safetensors");
	writeSafetensors(path, [
		{ name: "odd", dtype: "U8", shape: [3], data: new Uint8Array(3) },
		{ name: "bf16", dtype: "BF16", shape: [9, 65536], data: patterns },
		{ name: "f16", dtype: "F16", shape: [9, 65536], data: patterns },
	]);
	const weights = openWeights(path);
	const bf16 = weights.readF32("bf16");
	const f16 = weights.readF32("f16");
	const word = new DataView(new ArrayBuffer(4));
	for (let i = 0; i < patterns.length; i++) {
		const bits = patterns[i]!;
		word.setUint32(0, bits * 65536);
		assert(Object.is(bf16[i], word.getFloat32(0)), `bf16 ${bits}`);
		const magnitude = bits & 0x7fff;
		// binary16 widened by moving its fields: magnitude << 13, exponent bias corrected by a multiplication
		word.setUint32(0, magnitude << 13);
		const finite = word.getFloat32(0) * 2 ** 112;
		const expected = magnitude > 0x7c00 ? Number.NaN : magnitude === 0x7c00 ? Number.POSITIVE_INFINITY : finite;
		assert(Object.is(f16[i], bits & 0x8000 ? -expected : expected), `f16 ${bits}`);
	}
	weights.close();
});

test("a truncated file is refused with its name and the tensor it cuts", () => {
	const path = join(directory, "cut.safetensors");
	const data = new Float32Array(4);
	const tensors = ["first", "second"].map((name) => ({ name, dtype: "F32" as const, shape: [4], data }));
	writeSafetensors(path, tensors);
	const size = readFileSync(path).length;
	truncateSync(path, size - 4);
	assertInvalid(() => openWeights(path), "cut.safetensors", '"second"', "truncated");
	truncateSync(path, 20);
	assertInvalid(() => openWeights(path), "cut.safetensors", "truncated");
	truncateSync(path, 5);
	assertInvalid(() => openWeights(path), "cut.safetensors", "truncated");
	truncateSync(path, 0);
	assertInvalid(() => openWeights(path), "cut.safetensors", "truncated");
});

test("a file cut after it was opened is an error when read, never zeros", () => {
	const path = join(directory, "shrinks.safetensors");
	writeSafetensors(path, [{ name: "w", dtype: "F32", shape: [4], data: new Float32Array(4) }]);
	const weights = openWeights(path);
	truncateSync(path, 30);
	assertInvalid(() => weights.readF32("w"), "shrinks.safetensors", '"w"');
	assertInvalid(() => weights.read("w"), "shrinks.safetensors", '"w"');
	weights.close();
});

test("header lengths beyond the file or the limit are refused before anything is allocated", () => {
	assertInvalid(() => openWeights(craft({}, undefined, 1000n)), /crafted-\d+\.safetensors/, "truncated");
	assertInvalid(() => openWeights(craft({}, undefined, 0xffff_ffff_ffff_ffffn)), "limit");
	assertInvalid(() => openWeights(craft({}, undefined, 100_000_001n)), "limit");
});

test("headers that are not UTF-8, not JSON, not an object or name a key twice are refused", () => {
	assertInvalid(() => openWeights(craft(Buffer.from([0x7b, 0xff, 0x7d]))), "UTF-8");
	assertInvalid(() => openWeights(craft("{")), "JSON");
	assertInvalid(() => openWeights(craft("")), "JSON");
	assertInvalid(() => openWeights(craft("[]")), "object");
	const one = JSON.stringify(entry(0, 4));
	assertInvalid(() => openWeights(craft(`{"a":${one},"b":1,"\\u0061" : ${one}}`, new Uint8Array(4))), '"a"', "twice");
	assertInvalid(
		() => openWeights(craft('{"a":{"dtype":"F32","dtype":"F16","shape":[0],"data_offsets":[0,0]}}')),
		"twice",
	);
});

test("ranges that overlap, leave holes, leave the file, run backwards or do not fit the shape are refused", () => {
	const data = new Uint8Array(16);
	const cases: [unknown, Uint8Array, ...string[]][] = [
		[{ a: entry(0, 8), b: entry(4, 12) }, data.subarray(0, 12), '"b"', "overlaps", '"a"'],
		[{ a: entry(0, 4), b: entry(8, 16) }, data, '"b"', "hole"],
		[{ a: entry(4, 16) }, data, '"a"', "hole"],
		[{ a: entry(0, 12) }, data, "4 bytes after the last tensor"],
		[{ a: entry(0, 20) }, data, '"a"', "truncated"],
		[{ a: entry(8, 4, [1]) }, data, '"a"', "backwards"],
		[{ a: entry(0, 16, [2, 3]) }, data, '"a"', "24 bytes"],
		[{ a: entry(0, 16, [2 ** 52, 2 ** 52]) }, data, '"a"'],
		[{ a: entry(0, 16, [-2, -2]) }, data, '"a"', "shape"],
		[{ a: entry(0, 16, [1.5]) }, data, '"a"', "shape"],
		[{ a: { dtype: "F32", shape: [4], data_offsets: [0, 16, 32] } }, data, '"a"', "data_offsets"],
		[{ a: { dtype: "F32", shape: [4], data_offsets: [-16, 0] } }, data, '"a"', "data_offsets"],
		[{ a: { dtype: "F32", shape: [4] } }, data, '"a"', "data_offsets"],
		[{ a: null }, data, '"a"'],
		[{ a: { ...(entry(0, 16) as object), extra: 1 } }, data, '"a"', '"extra"'],
		[{ __metadata__: { n: 1 }, a: entry(0, 16) }, data, "__metadata__", '"n"'],
	];
	for (const [header, bytes, ...mentions] of cases) assertInvalid(() => openWeights(craft(header, bytes)), ...mentions);
});

test("an unknown dtype is refused by name", () => {
	assertInvalid(() => openWeights(craft({ a: entry(0, 8, [1], "F64") }, new Uint8Array(8))), '"a"', '"F64"');
	assertInvalid(() => openWeights(craft({ a: entry(0, 8, [1], "toString") }, new Uint8Array(8))), '"toString"');
});

function sharded(name: string, index: unknown): string {
	const root = mkdtempSync(join(directory, `${name}-`));
	const tensor = (id: string, value: number) =>
		({ name: id, dtype: "F32", shape: [1], data: new Float32Array([value]) }) as const;
	writeSafetensors(join(root, "model-1.safetensors"), [tensor("a", 1), tensor("b", 2)], { format: "pt" });
	writeSafetensors(join(root, "model-2.safetensors"), [tensor("c", 3)]);
	const text = typeof index === "string" ? index : JSON.stringify(index);
	writeFileSync(join(root, "model.safetensors.index.json"), text);
	return root;
}

test("shards are read through their index, from the directory or the index file", () => {
	const map = { a: "model-1.safetensors", b: "model-1.safetensors", c: "model-2.safetensors" };
	const root = sharded("good", { metadata: { total_size: 12 }, weight_map: map });
	for (const path of [root, join(root, "model.safetensors.index.json")]) {
		const weights = openWeights(path);
		assert.deepEqual([...weights.tensors.keys()].sort(), ["a", "b", "c"]);
		assert.deepEqual(weights.readF32("b"), new Float32Array([2]));
		assert.deepEqual(weights.readF32("c"), new Float32Array([3]));
		assert.deepEqual(weights.metadata, { format: "pt" });
		weights.close();
	}
});

test("an index that disagrees with its shards, or points out of the directory, is refused", () => {
	const good = { a: "model-1.safetensors", b: "model-1.safetensors", c: "model-2.safetensors" };
	const cases: [unknown, ...string[]][] = [
		[{ weight_map: { ...good, d: "model-3.safetensors" } }, "model-3.safetensors", "missing"],
		[{ weight_map: { ...good, d: "model-2.safetensors" } }, "model-2.safetensors", '"d"'],
		[{ weight_map: { a: good.a, c: good.c } }, "model-1.safetensors", '"b"'],
		[{ weight_map: { a: "../model-1.safetensors" } }, "index.json", '"a"', "plain file name"],
		[{ weight_map: { a: "/etc/passwd" } }, '"a"', "plain file name"],
		[{ weight_map: { a: ".." } }, '"a"', "plain file name"],
		[{ weight_map: { a: "x\\y.safetensors" } }, '"a"', "plain file name"],
		[{ weight_map: { a: "" } }, '"a"', "plain file name"],
		[{ weight_map: { a: 1 } }, '"a"', "plain file name"],
		[{ weight_map: [] }, "index.json", "weight_map"],
		[{ weight_map: {} }, "index.json", "no tensor"],
		["{", "index.json", "JSON"],
		['{"weight_map":{"a":"model-1.safetensors","a":"model-2.safetensors"}}', '"a"', "twice"],
	];
	for (const [index, ...mentions] of cases) assertInvalid(() => openWeights(sharded("bad", index)), ...mentions);
});

test("a missing file, an empty directory and a directory in a file's place are refused by name", () => {
	assertInvalid(() => openWeights(join(directory, "none.safetensors")), "none.safetensors");
	const empty = mkdtempSync(join(directory, "empty-"));
	assertInvalid(() => openWeights(empty), "model.safetensors.index.json");
	const odd = sharded("odd", { weight_map: { a: "nested" } });
	mkdtempSync(join(odd, "nested"));
	assertInvalid(() => openWeights(odd), "nested");
});

test("the writer refuses data that does not fill its shape and repeated names", () => {
	const path = join(directory, "never.safetensors");
	const tensor = { name: "w", dtype: "F32", shape: [2], data: new Float32Array(2) } as const;
	assertInvalid(() => writeSafetensors(path, [{ ...tensor, shape: [3] }]), '"w"');
	assertInvalid(() => writeSafetensors(path, [tensor, tensor]), '"w"', "twice");
});

test("a damaged file opens as something checked or is refused, whatever byte is hit", () => {
	const path = join(directory, "damaged.safetensors");
	const tensor = (name: string) => ({ name, dtype: "BF16", shape: [3, 2], data: new Uint16Array(6) }) as const;
	writeSafetensors(path, [tensor("layers.0.weight"), tensor("layers.1.weight")], { format: "pt" });
	const whole = readFileSync(path);
	let refused = 0;
	for (let i = 0; i < 600; i++) {
		const bytes = Buffer.from(whole);
		bytes[(i * 7919) % (whole.length - 24)] = (i * 104729) % 256;
		writeFileSync(path, bytes);
		try {
			const weights = openWeights(path);
			for (const { name, shape } of weights.tensors.values()) {
				assert.equal(weights.read(name).length % shape.reduce((product, size) => product * size, 1), 0);
			}
			weights.close();
		} catch (error) {
			assert(isSluiceError(error) && error.code === "invalid_weights", String(error));
			refused++;
		}
	}
	assert(refused > 400, String(refused));
});

test("rows of a tensor are read alone, into a given array too, whatever the dtype", () => {
	const path = join(directory, "rows.safetensors");
	const [rows, cols] = [700, 1000]; // more than one chunk of 16-bit values
	const bits = Uint16Array.from({ length: rows * cols }, (_, i) => (i * 31) % 0x7c00);
	const f32 = Float32Array.from({ length: 12 }, (_, i) => i);
	writeSafetensors(path, [
		{ name: "bf16", dtype: "BF16", shape: [rows, cols], data: bits },
		{ name: "f16", dtype: "F16", shape: [rows, cols], data: bits },
		{ name: "f32", dtype: "F32", shape: [4, 3], data: f32 },
	]);
	const weights = openWeights(path);
	const into = new Float32Array(rows * cols);
	for (const name of ["bf16", "f16"]) {
		const whole = weights.readF32(name);
		for (const [start, end] of [
			[0, rows],
			[0, 1],
			[3, 9],
			[rows - 650, rows],
			[5, 5],
		] as const) {
			const part = weights.readF32(name, { start, end, into });
			assert.equal(part.buffer, into.buffer);
			assert.deepEqual(part, whole.subarray(start * cols, end * cols), `${name} ${start}-${end}`);
		}
	}
	assert.deepEqual(weights.readF32("f32", { start: 1, end: 3 }), f32.subarray(3, 9));
	for (const [start, end] of [
		[-1, 2],
		[2, 1],
		[0, 5],
	] as const)
		assertInvalid(() => weights.readF32("f32", { start, end }), '"f32"', "rows");
	assertInvalid(() => weights.readF32("f32", { start: 0, end: 4, into: new Float32Array(11) }), '"f32"', "11");
	weights.close();
});

test("an observer is told of all bytes of a tensor once per reading, in order", () => {
	const path = join(directory, "observed.safetensors");
	const data = Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 251);
	writeSafetensors(path, [
		{ name: "w", dtype: "U8", shape: [3, 1_000_000], data },
		{ name: "v", dtype: "F32", shape: [1], data: new Float32Array(1) },
	]);
	const seen: Buffer[] = [];
	const weights = openWeights(path, ({ name }, at, bytes) => {
		assert.deepEqual([name, at], ["w", seen.reduce((sum, { length }) => sum + length, 0)]);
		seen.push(Buffer.from(bytes));
	});
	const pieces = Array.from(weights.readPieces("w"), (piece) => Buffer.from(piece));
	weights.close();
	assert.ok(pieces.length > 1);
	assert.ok(Buffer.concat(pieces).equals(data) && Buffer.concat(seen).equals(data));
});
