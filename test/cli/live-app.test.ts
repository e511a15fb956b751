import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type Gateway, startGateway } from "../../src/cli/run-gateway.ts";
import type { OpenService } from "../../src/cli/service.ts";
import { readConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { type PolicySet, readPolicySet } from "../../src/policies/index.ts";
import { createFakeModerator } from "../fake-moderator.ts";
import { policyDirectory, policyText } from "../policies/policy-directory.ts";

const headers = { "content-type": "application/json" };

interface Served {
	readonly gateway: Gateway;
	readonly directory: string;
	readonly closed: string[];
	/** Calls that begin wait until this is called. */
	release(): void;
	readonly waiting: () => number;
	classify(): Promise<{ policy: string; block: number }[]>;
}

async function serve(t: TestContext, holds = false): Promise<Served> {
	const directory = await policyDirectory(t, { hate: policyText("hate") });
	const gate = Promise.withResolvers<void>();
	const closed: string[] = [];
	let waiting = 0;
	const judge = ({ policies }: PolicySet) =>
		createFakeModerator({
			policies,
			async before() {
				waiting++;
				if (holds) await gate.promise;
			},
		});
	const open: OpenService = async (config) => {
		const initial = await readPolicySet(config.policies);
		return {
			moderator: judge(initial),
			changes: {
				initial,
				check: async () => {},
				stage: async (set) => ({
					moderator: judge(set),
					begin() {},
					close: async () => void closed.push(set.hash),
				}),
				leaveFirst: async () => void closed.push("first"),
			},
			close: async () => {},
		};
	};
	const config = readConfig({ port: "0", policies: directory }, {});
	const gateway = await startGateway(config, open, createLog({ level: "silent" }));
	t.after(() => gateway.close());
	const classify = async (): Promise<{ policy: string; block: number }[]> => {
		const body = JSON.stringify({ input: "bad" });
		const response = await fetch(`${gateway.url}/v1/classify`, { method: "POST", headers, body });
		const { results } = await response.json();
		return results[0].policies.map((p: { policy: string; thresholds: { block: number } }) => ({
			policy: p.policy,
			block: p.thresholds.block,
		}));
	};
	return { gateway, directory, closed, release: () => gate.resolve(), waiting: () => waiting, classify };
}

async function until(isTrue: () => Promise<boolean> | boolean): Promise<void> {
	for (let tries = 0; !(await isTrue()); tries++) {
		assert.ok(tries < 1000, "it never came true");
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
}

describe("a gateway whose policies change", () => {
	it("judges by a file that was written, without being told", async (t) => {
		const { directory, classify } = await serve(t);
		assert.deepEqual(await classify(), [{ policy: "hate", block: 0.9 }]);
		await writeFile(join(directory, "hate.yaml"), policyText("hate", 0.7));
		await writeFile(join(directory, "rude.yaml"), policyText("rude"));
		await until(async () => (await classify()).length === 2);
		assert.deepEqual(await classify(), [
			{ policy: "hate", block: 0.7 },
			{ policy: "rude", block: 0.9 },
		]);
	});
	it("finishes a request on the policies it began with, while the next ones have the new", async (t) => {
		const { gateway, directory, release, waiting, classify } = await serve(t, true);
		const early = classify();
		await until(() => waiting() === 1);
		await writeFile(join(directory, "hate.yaml"), policyText("hate", 0.7));
		process.emit("SIGHUP");
		const list = async (): Promise<string> => (await (await fetch(`${gateway.url}/v1/policies/hate`)).json()).text;
		await until(async () => (await list()).includes("0.7"));
		const late = classify();
		await until(() => waiting() === 2);
		release();
		assert.deepEqual(await early, [{ policy: "hate", block: 0.9 }]);
		assert.deepEqual(await late, [{ policy: "hate", block: 0.7 }]);
	});
	it("frees a set when the last answer by it has left, not before", async (t) => {
		const { gateway, directory, release, waiting, closed, classify } = await serve(t, true);
		const change = async (block: number): Promise<void> => {
			await writeFile(join(directory, "hate.yaml"), policyText("hate", block));
			process.emit("SIGHUP");
			const shown = async (): Promise<string> => (await fetch(`${gateway.url}/v1/policies/hate`)).text();
			await until(async () => (await shown()).includes(`block: ${block}`));
		};
		await change(0.7);
		await until(() => closed.length === 1);
		const early = classify();
		await until(() => waiting() === 1);
		await change(0.6);
		assert.deepEqual(closed, ["first"]);
		release();
		assert.deepEqual(await early, [{ policy: "hate", block: 0.7 }]);
		await until(() => closed.length === 2);
	});
	it("stays with its policies where a file names a category that a protocol does not have, and counts it", async (t) => {
		const { gateway, directory, classify } = await serve(t);
		await writeFile(join(directory, "hate.yaml"), policyText("hate", 0.7, { maps: "{ openai: [rudeness] }" }));
		process.emit("SIGHUP");
		const metrics = async (): Promise<string> => (await fetch(`${gateway.url}/metrics`)).text();
		await until(async () => /^sluice_policies_stale 1$/m.test(await metrics()));
		assert.match(await metrics(), /^sluice_policy_changes_total\{outcome="failed"\} [1-9]/m);
		assert.deepEqual(await classify(), [{ policy: "hate", block: 0.9 }]);
	});
	it("takes its handler of SIGHUP away when it closes", async (t) => {
		const before = process.listenerCount("SIGHUP");
		const { gateway } = await serve(t);
		assert.equal(process.listenerCount("SIGHUP"), before + 1);
		await gateway.close();
		assert.equal(process.listenerCount("SIGHUP"), before);
	});
});
