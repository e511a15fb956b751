import assert from "node:assert/strict";
import { test } from "node:test";
import { toCpuKey } from "../../src/engine/cpu-key.ts";

const X64 =
	"processor\t: 0\nmodel name\t: Maker 9000\ncpu MHz\t\t: 2596.1\nflags\t\t: fpu sse2 avx2 fma avx512f\n\nprocessor\t: 1\n";

test("the key depends on model and vector instructions, not on clock speed, order or other flags", () => {
	const key = toCpuKey(X64, "x64");
	assert.match(key!, /^[0-9a-f]{8}$/);
	assert.equal(toCpuKey(X64.replace("2596.1", "800").replace("avx2 fma", "fma avx2").replace("fpu ", ""), "x64"), key);
	for (const other of [X64.replace("9000", "9001"), X64.replace("avx512f", "avx512f avx512_vnni")])
		assert.notEqual(toCpuKey(other, "x64"), key);
	assert.notEqual(toCpuKey(X64, "arm64"), key);
});

test("arm64 is known by its part and features", () => {
	const info = "processor\t: 0\nFeatures\t: fp asimd i8mm\nCPU implementer\t: 0x41\nCPU part\t: 0xd4f\n";
	const key = toCpuKey(info, "arm64");
	assert.match(key!, /^[0-9a-f]{8}$/);
	assert.notEqual(toCpuKey(info.replace("0xd4f", "0xd40"), "arm64"), key);
});

test("a text that names no instructions has no key", () => {
	for (const text of ["", "processor\t: 0\nmodel name\t: Maker\n", "flags\t\t: fpu vme\n"])
		assert.equal(toCpuKey(text, "x64"), undefined);
});
