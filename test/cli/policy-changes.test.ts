/** The shipped model, policies that change through the API, and what is counted meanwhile. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openLocalService } from "../../src/cli/open-local-service.ts";
import { startGateway } from "../../src/cli/run-gateway.ts";
import { readConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";

const root = join(import.meta.dirname, "../..");
const shipped = existsSync(join(root, "models/sluice-guard/model.safetensors"));

describe("a service on the shipped model", { skip: shipped ? false : "no model", timeout: 60_000 }, () => {
	it("judges by a policy as soon as it is written, on the model it has, and counts its runs", async (t) => {
		const folder = await mkdtemp(join(tmpdir(), "sluice-policies-"));
		await cp(join(root, "policies"), folder, { recursive: true });
		t.after(() => rm(folder, { recursive: true }));
		const env = { SLUICE_CACHE_DIR: join(root, ".cache"), SLUICE_METRICS_PORT: "0" };
		const config = readConfig({ port: "0", threads: "1", policies: folder }, env);
		const gateway = await startGateway(config, openLocalService, createLog({ level: "silent" }));
		t.after(() => gateway.close());
		await gateway.ready();
		const judge = async (): Promise<{ action: string; risk: number }> => {
			const body = JSON.stringify({ input: "you are a worthless idiot", policies: ["harassment"] });
			const headers = { "content-type": "application/json" };
			const response = await fetch(`${gateway.url}/v1/classify`, { method: "POST", headers, body });
			return (await response.json()).results[0];
		};
		const before = await judge();
		assert.notEqual(before.action, "allow");
		const url = `${gateway.url}/v1/policies/harassment`;
		const read = await fetch(url);
		const { text } = await read.json();
		const put = async (body: string, tag: string): Promise<Response> =>
			fetch(url, { method: "PUT", headers: { "content-type": "application/yaml", "if-match": tag }, body });
		const lenient = text.replace(/flag: .*/, "flag: 0.9999").replace(/block: .*/, "block: 0.99999");
		const written = await put(lenient, read.headers.get("etag")!);
		assert.deepEqual([written.status, (await written.clone().json()).active], [200, true]);
		const after = await judge();
		assert.deepEqual([after.action, after.risk], ["allow", before.risk]);
		const wrong = await put(text.replace(/head: .*\}/, "head: nope }"), written.headers.get("etag")!);
		assert.equal(wrong.status, 400);
		assert.match((await wrong.json()).detail, /scorer\.head "nope"/);
		const unset = "scorer: { kind: yes-no }";
		const missing = await put(text.replace(/scorer: .*/, unset), written.headers.get("etag")!);
		assert.match((await missing.json()).detail, /SLUICE_MODEL_ONLINE/);
		assert.equal((await judge()).action, "allow");
		assert.equal((await fetch(`${gateway.url}/metrics`)).status, 501, "metrics have a port of their own here");
		const metrics = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
		assert.match(metrics, /^sluice_inference_batch_rows_count [1-9]/m);
		assert.match(metrics, /^sluice_actions_total\{policy="harassment",action="allow"\} 2$/m);
		assert.match(metrics, /^sluice_policy_changes_total\{outcome="ok"\} 1$/m);
	});
});
