/** Gateway and worker over one Redis while the policies of both change, each at its own time. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openQueuedService } from "../../src/cli/open-queued-service.ts";
import { startGateway } from "../../src/cli/run-gateway.ts";
import { startWorkerCrew } from "../../src/cli/worker-crew.ts";
import { readConfig } from "../../src/config.ts";
import { fingerprintPolicies } from "../../src/dispatch/index.ts";
import { createLog } from "../../src/log.ts";
import type { Moderator } from "../../src/moderator.ts";
import { loadPolicies } from "../../src/policies/index.ts";
import { openQueueBackend } from "../../src/queue/index.ts";
import { createFakeModerator } from "../fake-moderator.ts";
import { policyDirectory, policyText } from "../policies/policy-directory.ts";
import { startRedis } from "../queue/redis-server.ts";

async function until(isTrue: () => Promise<boolean> | boolean): Promise<void> {
	for (let tries = 0; !(await isTrue()); tries++) {
		assert.ok(tries < 2000, "it never came true");
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
}

describe("a fleet whose policies change", { timeout: 60_000 }, () => {
	it("is never without a verdict, and never gives one by other policies than the gateway's", async (t) => {
		const redis = await startRedis();
		if (redis === undefined) return t.skip("redis-server is not installed");
		const lines: string[] = [];
		const log = createLog({ level: "info", write: (line) => lines.push(line) });
		const directory = await policyDirectory(t, { hate: policyText("hate") });
		const config = readConfig({ port: "0", policies: directory, redisUrl: redis.url }, {});
		const backend = await openQueueBackend({ redis: redis.url });
		const judged: string[] = [];
		const judge = async (): Promise<Moderator> => {
			const policies = await loadPolicies(directory);
			const name = fingerprintPolicies(policies);
			return createFakeModerator({ policies, before: () => void judged.push(name) });
		};
		const first = await judge();
		const crew = startWorkerCrew({ backend, config, log, observers: {}, first, silentMs: 4000 });
		const gateway = await startGateway(config, openQueuedService, log);
		t.after(async () => {
			await gateway.close();
			await crew.close();
			await backend.close();
			await redis.stop();
		});
		await gateway.ready();
		let asking = true;
		const seen: { block: number; by: string }[] = [];
		const asked = (async () => {
			while (asking) {
				const body = JSON.stringify({ input: "bad" });
				const headers = { "content-type": "application/json" };
				const response = await fetch(`${gateway.url}/v1/classify`, { method: "POST", headers, body });
				assert.equal(response.status, 200, "no call is lost over a change");
				const { results } = await response.json();
				seen.push({ block: results[0].policies[0].thresholds.block, by: judged.at(-1)! });
			}
		})();
		asked.catch(() => {});
		await until(() => seen.length > 5);

		await writeFile(join(directory, "hate.yaml"), policyText("hate", 0.8));
		const second = await judge();
		await until(() => lines.some((line) => line.includes("waiting for workers with the new policies")));
		const waiting = seen.length;
		await until(() => seen.length > waiting + 20);
		assert.equal(seen.at(-1)!.block, 0.9, "no worker has the new ones yet");
		const policy = await (await fetch(`${gateway.url}/v1/policies/hate`)).json();
		assert.deepEqual([policy.active, policy.text.includes("0.8")], [false, true]);

		await crew.use(second);
		await until(() => seen.at(-1)!.block === 0.8);
		await until(() => lines.some((line) => line.includes("no gateway has the former policies any more")));
		asking = false;
		await asked;
		const names = { 0.9: fingerprintPolicies(first.policies), 0.8: fingerprintPolicies(second.policies) };
		for (const { block, by } of seen) assert.equal(by, names[block as 0.9 | 0.8]);
	});
});
