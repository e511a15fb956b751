import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { countWeightBytes, type WeightGroup, type WrittenGroup, writeWeights } from "../../src/onnx/index.ts";

const directory = mkdtempSync(join(tmpdir(), "sluice-weight-file-"));
after(() => rmSync(directory, { recursive: true }));

/** A group of tensors of these lengths, filled with their length, in pieces of `piece` bytes. */
function createGroup(
	name: string,
	lengths: readonly number[],
	{ piece = 1000, order = [] as string[] } = {},
): WeightGroup {
	return {
		specs: lengths.map((length, i) => ({ name: `${name}.${i}`, dtype: "uint8", shape: [length] })),
		from: new Set(),
		*produce() {
			order.push(name);
			const bytes = lengths.flatMap((length) => Array.from({ length }, () => length));
			const buffer = new Uint8Array(piece);
			for (let at = 0; at < bytes.length; at += piece) {
				const part = bytes.slice(at, at + piece);
				buffer.set(part);
				yield buffer.subarray(0, part.length);
				buffer.fill(0); // a piece is good until the next is asked for
			}
		},
	};
}

function sha256(bytes: Uint8Array): string {
	return createHash("sha256").update(bytes).digest("hex");
}

test("weights lie at multiples of 64 bytes and are produced one group at a time, shared ones once", async () => {
	const path = join(directory, "aligned.data");
	const order: string[] = [];
	const progress: string[] = [];
	const groups = [
		createGroup("a", [3], { order }),
		createGroup("b", [70, 0, 5], { order }),
		createGroup("a", [3], { order }),
		createGroup("c", [1], { order }),
	];
	const written = await writeWeights(path, groups, { onGroup: (done, total) => progress.push(`${done}/${total}`) });
	assert.deepEqual(
		[...written.locations].map(([name, { location, offset, length }]) => [name, location, offset, length]),
		[
			["a.0", "aligned.data", 0, 3],
			["b.0", "aligned.data", 64, 70],
			["b.1", "aligned.data", 192, 0],
			["b.2", "aligned.data", 192, 5],
			["c.0", "aligned.data", 256, 1],
		],
	);
	assert.deepEqual(order, ["a", "b", "c"]);
	assert.deepEqual(progress, ["1/4", "2/4", "3/4", "4/4"]);
	const bytes = readFileSync(path);
	assert.deepEqual([bytes.length, bytes[2], bytes[3], bytes[64], bytes[192], bytes[256]], [257, 3, 0, 70, 5, 1]);
	assert.deepEqual([written.bytes, written.sha256, countWeightBytes(groups)], [257, sha256(bytes), 257]);
});

test("the bytes are the same whatever pieces they come in", async () => {
	const contents = [];
	for (const piece of [1, 64, 70, 1000]) {
		const path = join(directory, `pieces-${piece}.data`);
		await writeWeights(path, [createGroup("a", [3, 70, 200], { piece })]);
		contents.push(readFileSync(path));
	}
	for (const content of contents) assert.deepEqual(content, contents[0]);
});

test("too few bytes and too many are errors that name the tensor", async () => {
	const group = createGroup("w", [4, 44]);
	const change = (pieces: () => Iterable<Uint8Array>): WeightGroup[] => [{ ...group, produce: pieces }];
	await assert.rejects(
		writeWeights(
			join(directory, "short.data"),
			change(() => [new Uint8Array(40)]),
		),
		/w\.1: 36 bytes do not fill \[44\]/,
	);
	await assert.rejects(
		writeWeights(
			join(directory, "long.data"),
			change(() => [new Uint8Array(50)]),
		),
		/w\.1: 2 bytes more than \[44\]/,
	);
});

test("a file cut short is continued behind the last group whose bytes are as noted", async () => {
	const path = join(directory, "cut.data");
	const order: string[] = [];
	const groups = ["a", "b", "c", "d"].map((name, i) => createGroup(name, [100 + i, 7], { order }));
	const notes: WrittenGroup[] = [];
	const whole = await writeWeights(path, groups, { onWritten: (group) => void notes.push(group) });
	const content = readFileSync(path);
	const cases: [damage: () => void, written: readonly WrittenGroup[], expected: string][] = [
		[() => {}, notes, ""],
		[() => truncateSync(path, notes[2]!.end + 5), notes.slice(0, 3), "d"],
		[() => truncateSync(path, notes[2]!.end - 1), notes.slice(0, 3), "cd"],
		[() => writeFileSync(path, content.with(notes[0]!.end + 70, 1)), notes, "bcd"],
		[() => writeFileSync(path, content), [{ ...notes[0]!, sha256: "" }], "abcd"],
	];
	for (const [damage, written, expected] of cases) {
		damage();
		order.length = 0;
		assert.deepEqual(await writeWeights(path, groups, { written }), whole);
		assert.equal(order.join(""), expected);
		assert.deepEqual(readFileSync(path), content);
	}
});
