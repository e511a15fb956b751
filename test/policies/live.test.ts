import assert from "node:assert/strict";
import { chmod, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { SluiceError } from "../../src/errors.ts";
import { createLog } from "../../src/log.ts";
import {
	createLivePolicies,
	hashText,
	type LivePolicies,
	type LivePoliciesParts,
	type PolicySet,
	readPolicySet,
} from "../../src/policies/index.ts";
import { policyDirectory, policyText } from "./policy-directory.ts";

interface Opened {
	readonly live: LivePolicies;
	readonly directory: string;
	readonly used: PolicySet[];
	readonly lines: string[];
	readonly outcomes: string[];
	write(id: string, text: string): Promise<void>;
}

async function open(t: TestContext, over: Partial<LivePoliciesParts> = {}): Promise<Opened> {
	const directory = await policyDirectory(t, { hate: policyText("hate"), rude: policyText("rude") });
	const used: PolicySet[] = [];
	const lines: string[] = [];
	const outcomes: string[] = [];
	const live = createLivePolicies({
		...{ directory, initial: await readPolicySet(directory) },
		check: async () => {},
		use: async (set) => void used.push(set),
		log: createLog({ level: "info", write: (line) => lines.push(line) }),
		onReload: (outcome) => void outcomes.push(outcome),
		...over,
	});
	t.after(() => live.close());
	const write = (id: string, text: string): Promise<void> => writeFile(join(directory, `${id}.yaml`), text);
	return { live, directory, used, lines, outcomes, write };
}

const match = (text: string): { match: string[] } => ({ match: [hashText(text)] });

describe("a reload", () => {
	it("uses all files as one set, and nothing where nothing changed", async (t) => {
		const { live, used, write, outcomes } = await open(t);
		assert.equal(await live.reload("watch"), true);
		assert.equal(used.length, 0);
		await write("hate", policyText("hate", 0.8));
		await write("spam", policyText("spam"));
		assert.equal(await live.reload("watch"), true);
		assert.deepEqual(
			used.map(({ policies }) => policies.map(({ id, thresholds }) => [id, thresholds.block])),
			[[["hate", 0.8], ["rude", 0.9], ["spam", 0.9]]], // biome-ignore format: one set
		);
		assert.equal(live.current, used[0]);
		assert.deepEqual(outcomes, ["ok"]);
	});
	it("keeps the old set where one file is not valid, and says so once, with file, field and reason", async (t) => {
		const { live, used, lines, outcomes, write } = await open(t);
		const before = live.current;
		await write("rude", policyText("rude", 0.7));
		await write("hate", "id: hate\ntitle: secretwords\n");
		for (let i = 0; i < 3; i++) assert.equal(await live.reload("watch"), false);
		assert.equal(live.current, before);
		assert.deepEqual([used.length, lines.length, outcomes], [0, 1, ["failed"]]);
		const line = JSON.parse(lines[0]!) as { level: string; reason: string; msg: string };
		assert.equal(line.level, "error");
		assert.match(line.reason, /^hate\.yaml: guideline: /);
		assert.match(line.msg, /those from before stay/);
		assert.equal(await live.reload("signal"), false);
		assert.equal(lines.length, 2, "whoever asks by hand hears it again");
		await write("hate", policyText("hate"));
		assert.equal(await live.reload("watch"), true);
		assert.equal(live.current.policies.find(({ id }) => id === "rude")!.thresholds.block, 0.7);
	});
	it("keeps the old set where the new one cannot be measured, used, or the directory is gone", async (t) => {
		const fails = async (): Promise<never> => {
			throw new SluiceError("invalid_policy", { detail: "policy hate: no such head" });
		};
		for (const over of [{ check: fails }, { use: fails }]) {
			const { live, write, outcomes, lines } = await open(t, over);
			const before = live.current;
			await write("hate", policyText("hate", 0.8));
			assert.equal(await live.reload("watch"), false);
			assert.equal(live.current, before);
			assert.equal(live.newest, before);
			assert.deepEqual(outcomes, ["failed"]);
			assert.match(lines[0]!, /no such head/);
		}
		const { live, directory } = await open(t);
		await rm(directory, { recursive: true });
		assert.equal(await live.reload("watch"), false);
		assert.equal(live.current.policies.length, 2);
	});
	it("lets a newer set take the place of one that is still being waited for", async (t) => {
		const signals: AbortSignal[] = [];
		const { live, write } = await open(t, {
			use(_, signal) {
				signals.push(signal);
				if (signals.length > 1) return Promise.resolve();
				return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
			},
		});
		await write("hate", policyText("hate", 0.8));
		const first = live.reload("watch");
		await t.test("which is not judged by meanwhile", async () => {
			while (signals.length === 0) await new Promise(setImmediate);
			assert.equal((await live.policy("hate")).active, false);
		});
		await write("hate", policyText("hate", 0.7));
		assert.deepEqual(await Promise.all([first, live.reload("watch")]), [false, true]);
		assert.equal((await live.policy("hate")).active, true);
		assert.equal(live.current.policies[0]!.thresholds.block, 0.7);
	});
});

describe("a policy that is written", () => {
	const old = policyText("hate");
	const text = policyText("hate", 0.8);

	it("stands in its file and is judged by, the former text is a version", async (t) => {
		const { live, directory, used } = await open(t);
		const put = await live.put("hate", text, match(old));
		assert.deepEqual([put.version, put.active, put.file.hash], [2, true, hashText(text)]);
		assert.equal(await readFile(join(directory, "hate.yaml"), "utf8"), text);
		assert.equal(used.at(-1)!.policies[0]!.thresholds.block, 0.8);
		const versions = await live.versions("hate");
		assert.deepEqual(
			versions.map(({ version, hash }) => [version, hash]),
			[[2, hashText(text)], [1, hashText(old)]], // biome-ignore format: newest first
		);
		assert.equal(await live.reload("watch"), true);
		assert.equal(used.length, 1, "the notice of its own write changes nothing");
		assert.deepEqual((await readdir(directory)).sort(), [".versions", "hate.yaml", "rude.yaml"]);
	});
	it("goes back to an earlier version, as a new one", async (t) => {
		const { live } = await open(t);
		await live.put("hate", text, match(old));
		const back = await live.rollback("hate", 1, match(text));
		assert.deepEqual([back.version, back.file.text], [3, old]);
		await assert.rejects(live.rollback("hate", 9, match(old)), { code: "not_found" });
		await assert.rejects(live.rollback("hate", 1, match(text)), { code: "precondition_failed" });
	});
	it("replaces nothing that was not named, and nothing that has changed since", async (t) => {
		const { live, write, directory } = await open(t);
		await assert.rejects(live.put("hate", text, {}), { code: "precondition_required" });
		await assert.rejects(live.put("hate", text, { isNew: true }), { code: "precondition_failed" });
		await assert.rejects(live.put("new", policyText("new"), { match: ["*"] }), { code: "precondition_failed" });
		await write("hate", policyText("hate", 0.6)); // by hand, not noticed yet
		await assert.rejects(live.put("hate", text, match(old)), { code: "precondition_failed" });
		assert.equal(await readFile(join(directory, "hate.yaml"), "utf8"), policyText("hate", 0.6));
	});
	it("of many writers at once one wins, and the others hear it", async (t) => {
		const { live } = await open(t);
		const texts = Array.from({ length: 8 }, (_, i) => policyText("hate", 0.6 + i / 100));
		const ends = await Promise.allSettled(texts.map((mine) => live.put("hate", mine, match(old))));
		const lost = ends.filter((end) => end.status === "rejected");
		assert.equal(lost.length, 7);
		for (const { reason } of lost) assert.equal((reason as SluiceError).code, "precondition_failed");
	});
	it("is the sender's mistake where it is not valid, and nothing of it stays", async (t) => {
		const { live, directory } = await open(t, {
			async check(set) {
				if (set.policies.some(({ scorer }) => scorer.kind === "head" && scorer.head === "nope"))
					throw new SluiceError("invalid_policy", { detail: "no such head" });
			},
		});
		const bad = [
			"id: [",
			"id: hate",
			policyText("rude"),
			policyText("hate", 1.5),
			policyText("hate", 0.9, { head: "nope" }),
		];
		for (const wrong of bad) await assert.rejects(live.put("hate", wrong, match(old)), { code: "invalid_request" });
		for (const id of ["../hate", "Hate", "", "x".repeat(65)])
			await assert.rejects(live.put(id, text, {}), { code: "not_found" });
		assert.deepEqual((await readdir(directory)).sort(), ["hate.yaml", "rude.yaml"]);
		assert.equal(live.current.files.get("hate")!.text, old);
	});
	it("may be a new one", async (t) => {
		const { live } = await open(t);
		const put = await live.put("new", policyText("new"), { isNew: true });
		assert.deepEqual([put.version, live.current.policies.length], [1, 3]);
	});
	it("is refused where the directory cannot be written", {
		skip: process.getuid?.() === 0 ? "root writes anywhere" : false,
	}, async (t) => {
		const { live, directory } = await open(t);
		await chmod(directory, 0o555);
		t.after(() => chmod(directory, 0o755));
		await assert.rejects(live.put("hate", text, match(old)), { code: "not_configured" });
	});
	it("keeps a hundred versions", async (t) => {
		const { live } = await open(t);
		let before = old;
		for (let i = 0; i < 110; i++) {
			const next = policyText("hate", 0.5 + i / 1000);
			await live.put("hate", next, match(before));
			before = next;
		}
		const versions = await live.versions("hate");
		assert.deepEqual([versions.length, versions[0]!.version, versions.at(-1)!.version], [100, 111, 12]);
	});
});
