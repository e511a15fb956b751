import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { convertModel, isConverted } from "../../src/convert/index.ts";
import { fixturePath } from "../conformance/golden.ts";
import { changeTensors, copyModel, leftovers } from "./model-files.ts";

const GROUPS = 20;
const PROCESS = join(import.meta.dirname, "convert-process.ts");
const root = mkdtempSync(join(tmpdir(), "sluice-resume-"));
const model = fixturePath("gemma2");
const whole = await convertModel(model, join(root, "whole"), { weights: "q4" });
let count = 0;
after(() => rmSync(root, { recursive: true }));

/** A conversion that stopped after some groups in a process that still lives. */
async function stop(directory: string, out: string, weights = "q4"): Promise<ChildProcess> {
	const child = spawn(process.execPath, [PROCESS, directory, out, weights, String(GROUPS)]);
	child.stderr.pipe(process.stderr);
	const [line] = await once(child.stdout, "data");
	assert.equal(String(line), `${GROUPS}\n`);
	return child;
}

async function kill(child: ChildProcess): Promise<void> {
	const closed = once(child, "close");
	child.kill("SIGKILL");
	await closed;
}

/** A directory of its own with what a killed conversion to `out` inside it left. */
async function leaveHalf(directory = model, weights = "q4"): Promise<{ out: string; parent: string; half: string }> {
	const parent = join(root, `case-${count++}`);
	const out = join(parent, "out");
	await kill(await stop(directory, out, weights));
	const [half, ...more] = leftovers(parent);
	assert.deepEqual([more, existsSync(out)], [[], false]);
	return { out, parent, half: join(parent, half!) };
}

/** When a directory's weights were begun; unlike the inode's number it is not used again. */
function birth(directory: string): bigint {
	return statSync(join(directory, "weights.data"), { bigint: true }).birthtimeNs;
}

test("a killed conversion leaves nothing that counts as a model, and the next continues its file", async () => {
	const { out, parent, half } = await leaveHalf();
	assert.ok(!isConverted(half));
	assert.ok(!readdirSync(half).some((name) => name.endsWith(".onnx")));
	const begun = birth(half);
	const manifest = await convertModel(model, out, { weights: "q4" });
	assert.deepEqual(manifest, whole);
	assert.equal(birth(out), begun);
	assert.deepEqual(readFileSync(join(out, "weights.data")), readFileSync(join(root, "whole", "weights.data")));
	assert.deepEqual(readdirSync(out).sort(), readdirSync(join(root, "whole")).sort());
	assert.deepEqual(readdirSync(parent), ["out"]);
});

test("a half that was damaged is done again from there on", async () => {
	const damages: ((half: string) => void)[] = [
		(half) => {
			const bytes = readFileSync(join(half, "weights.data"));
			bytes[100]! ^= 1;
			writeFileSync(join(half, "weights.data"), bytes);
		},
		(half) => writeFileSync(join(half, "weights.data"), readFileSync(join(half, "weights.data")).subarray(0, 70_000)),
		(half) => {
			const journal = readFileSync(join(half, "journal.jsonl"), "utf8");
			writeFileSync(join(half, "journal.jsonl"), journal.slice(0, journal.length / 2));
		},
		(half) => rmSync(join(half, "weights.data")),
		(half) => writeFileSync(join(half, "model.onnx"), "half"),
	];
	const left: Awaited<ReturnType<typeof leaveHalf>>[] = [];
	while (left.length < damages.length) left.push(await leaveHalf());
	for (const [i, { out, half, parent }] of left.entries()) {
		damages[i]!(half);
		assert.deepEqual(await convertModel(model, out, { weights: "q4" }), whole, `damage ${i}`);
		assert.deepEqual(readdirSync(parent), ["out"]);
	}
});

test("other weights or a changed source start anew, and the half of the other conversion goes", async () => {
	const other = await leaveHalf(model, "q8");
	const begun = birth(other.half);
	assert.deepEqual(await convertModel(model, other.out, { weights: "q4" }), whole);
	assert.notEqual(birth(other.out), begun);
	assert.deepEqual(readdirSync(other.parent), ["out"]);
	const source = copyModel(root, "gemma2");
	const changed = await leaveHalf(source);
	changeTensors(source, (tensor) => {
		if (tensor.name === "model.norm.weight") (tensor.data as Uint8Array)[0]! ^= 1;
		return tensor;
	});
	const manifest = await convertModel(source, changed.out, { weights: "q4" });
	assert.notEqual(manifest.hash, whole.hash);
	assert.notDeepEqual(manifest.files.at(-1), whole.files.at(-1));
	assert.deepEqual(readdirSync(changed.parent), ["out"]);
});

test("a conversion that another process works on is left alone, and cleared away once that process is gone", async () => {
	const parent = join(root, `case-${count++}`);
	const out = join(parent, "out");
	const child = await stop(model, out);
	let aside = "";
	try {
		assert.deepEqual(await convertModel(model, out, { weights: "q4" }), whole);
		assert.equal(leftovers(parent).length, 1);
		aside = leftovers(parent)[0]!;
	} finally {
		await kill(child);
	}
	mkdirSync(join(parent, `${aside}.old`));
	await convertModel(model, out, { weights: "q4" });
	assert.deepEqual(readdirSync(parent), ["out"]);
});

test("a write that fails is named and leaves nothing", { skip: process.platform === "win32" }, async () => {
	const parent = join(root, `case-${count++}`);
	const convert = `ulimit -f 64; trap '' XFSZ; exec "$0" "$@"`;
	const child = spawn("sh", ["-c", convert, process.execPath, PROCESS, model, join(parent, "out"), "f32"]);
	let words = "";
	child.stderr.on("data", (data) => {
		words += data;
	});
	const [code] = await once(child, "close");
	assert.notEqual(code, 0);
	assert.match(words, /cannot be written \(EFBIG\)/);
	assert.deepEqual(readdirSync(parent), []);
});
