import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Model, openModel } from "../../src/engine/index.ts";

const DIRECTORY = fileURLToPath(new URL("../../models/sluice-guard", import.meta.url));
const IDS = Array.from({ length: 60 }, (_, i) => (i === 0 ? 2 : 300 + ((i * 7919) % 20_000)));

let cacheDir: string;
let model: Model;
before(async () => {
	cacheDir = await mkdtemp(join(tmpdir(), "sluice-heads-"));
	model = await openModel(DIRECTORY, { weights: "q8", cacheDir });
});
after(async () => {
	await model.close();
	await rm(cacheDir, { recursive: true, force: true });
});

test("heads of ids that are only looked at are those of the whole text, and the session stays as it was", async () => {
	const whole = await model.heads(IDS);
	const session = await model.session({ outputs: "heads", keepsIds: false });
	try {
		const width = model.headRows;
		assert.deepEqual(await session.heads(IDS.slice(0, 5)), whole.slice(0, 5 * width));
		await session.append(IDS.slice(0, 20));
		const looks = await Promise.all([session.heads(IDS.slice(20, 31)), session.heads(IDS.slice(20, 60))]);
		assert.deepEqual(looks[0], whole.slice(20 * width, 31 * width));
		assert.deepEqual(looks[1], whole.slice(20 * width));
		assert.equal(session.length, 20);
		const { heads } = await session.append(IDS.slice(20));
		assert.deepEqual(heads, whole.slice(20 * width));
	} finally {
		await session.close();
	}
});

test("a session that keeps no ids can be forked, and refuses what needs them", async () => {
	const session = await model.session({ outputs: "heads", keepsIds: false, maxTokens: 30 });
	await session.append(IDS.slice(0, 20));
	const fork = await session.fork();
	try {
		assert.equal(fork.length, 20);
		await assert.rejects(fork.append(IDS.slice(20, 40)), { code: "text_too_long" });
		await assert.rejects(session.rollback(1), { code: "invalid_request" });
		await assert.rejects(session.serialize(), { code: "invalid_request" });
		assert.throws(() => session.generate([5], { maxTokens: 1 }), { code: "invalid_request" });
	} finally {
		await Promise.all([fork.close(), session.close()]);
	}
});

test("a session keeps no results of past calls", async () => {
	setFlagsFromString("--expose-gc");
	const collect = runInNewContext("gc") as () => void;
	const session = await model.session({ outputs: "heads", keepsIds: false });
	try {
		const results: WeakRef<object>[] = [];
		for (let i = 0; i < 20; i++) results.push(new WeakRef((await session.append([400 + i])).heads!));
		for (let i = 0; i < 3; i++) {
			await new Promise(setImmediate);
			collect();
		}
		const kept = results.slice(0, -2).filter((result) => result.deref() !== undefined).length;
		assert.equal(kept, 0);
	} finally {
		await session.close();
	}
});
