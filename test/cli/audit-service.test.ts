/** A serving process with a record of its decisions and a shadow, on the shipped classifier. */
import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type DecisionRecord, readRecords, verifyAuditLog } from "../../src/audit/index.ts";
import { openLocalService } from "../../src/cli/open-local-service.ts";
import { type Gateway, startGateway } from "../../src/cli/run-gateway.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { run } from "./harness.ts";

const SHIPPED = join(import.meta.dirname, "..", "..", "policies");
const TEXTS = ["Have a nice day.", "Shut up, you stupid idiot.", "I will kill you."];

describe("a service with records and a shadow", () => {
	let dir: string;
	let config: Config;
	before(async () => {
		dir = await mkdtemp(join(tmpdir(), "sluice-audit-service-"));
		await cp(SHIPPED, join(dir, "live"), { recursive: true });
		await mkdir(join(dir, "shadow"));
		const toxicity = await readFile(join(SHIPPED, "toxicity.yaml"), "utf8");
		await writeFile(
			join(dir, "shadow", "toxicity.yaml"),
			toxicity.replace(/flag: [\d.]+/, "flag: 0.0001").replace(/block: [\d.]+/, "block: 0.0002"),
		);
		config = readConfig(
			{ policies: join(dir, "live"), auditDir: join(dir, "audit"), shadowPolicies: join(dir, "shadow") },
			{ PORT: "0", SLUICE_CACHE_DIR: join(dir, "cache") },
		);
	});
	after(() => rm(dir, { recursive: true, force: true }));

	const log = createLog({ level: "silent" });
	const withGateway = async (use: (gateway: Gateway) => Promise<void>): Promise<void> => {
		const gateway = await startGateway(config, openLocalService, log);
		try {
			await gateway.ready();
			await use(gateway);
		} finally {
			await gateway.close();
		}
	};
	const ask = (url: string, path = "/v1/classify"): Promise<Response> =>
		fetch(`${url}${path}`, {
			method: "POST",
			headers: { "content-type": "application/json", "x-request-id": "req-1" },
			body: JSON.stringify({ input: TEXTS }),
		});
	const compared = async (): Promise<number> => {
		let n = 0;
		for await (const _ of readRecords(join(dir, "audit"), { kind: "shadow" })) n++;
		return n;
	};

	const listFiles = async (): Promise<string[]> =>
		(await readdir(join(dir, "audit"))).filter((name) => name.endsWith(".jsonl"));

	it("records what it answered, and the shadow's opinion beside it", async () => {
		await withGateway(async ({ url }) => {
			const answer = (await (await ask(url)).json()) as { results: { action: string; policies: unknown[] }[] };
			while ((await compared()) < TEXTS.length) await new Promise((resolve) => setTimeout(resolve, 20));
			const records: DecisionRecord[] = [];
			for await (const { record } of readRecords(join(dir, "audit"), { request: "req-1" }))
				records.push(record as unknown as DecisionRecord);
			assert.deepEqual(
				records.map(({ surface, action }) => [surface, action]),
				answer.results.map(({ action }) => ["/v1/classify", action]),
			);
			assert.equal(new Set(answer.results.map(({ action }) => action)).size > 1, true);
		});
		assert.deepEqual((await verifyAuditLog(join(dir, "audit"))).problems, []);
		const { exitCode, stdout } = await run(["shadow", "report", "--json"], {
			env: { SLUICE_AUDIT_DIR: join(dir, "audit") },
		});
		assert.equal(exitCode, 0);
		const [report] = JSON.parse(stdout);
		assert.equal(report.verdicts.texts, TEXTS.length);
		assert.deepEqual(Object.keys(report.policies), ["toxicity"]);
		const { differences, agreed } = report.policies.toxicity;
		assert.deepEqual([differences.min, differences.max], [0, 0], "the same model gives the same risks");
		assert.ok(agreed < 1);
		assert.equal(report.onlyLive.length, 9);
		const table = await run(["shadow", "report", "--audit", join(dir, "audit")]);
		assert.match(table.stdout, /live \\ shadow +allow +flag +block\n/);
	});

	it("lets its shadow take over in one command, and judges by it from then on", async () => {
		const { exitCode } = await run([
			"shadow",
			"promote",
			"--shadow",
			join(dir, "shadow"),
			"--policies",
			join(dir, "live"),
		]);
		assert.equal(exitCode, 0);
		await withGateway(async ({ url }) => {
			const { results } = (await (await ask(url)).json()) as { results: { action: string; policies: unknown[] }[] };
			assert.ok(results.every(({ policies }) => policies.length === 1));
		});
	});

	it("is not ready, and answers nothing, while decisions cannot be recorded", async () => {
		await withGateway(async ({ url }) => {
			await ask(url);
			for (const name of await listFiles()) await rm(join(dir, "audit", name));
			while ((await ask(url)).status === 200) await new Promise((resolve) => setTimeout(resolve, 20));
			const refused = await ask(url, "/v1/classify");
			assert.equal(refused.status, 503);
			assert.equal(((await refused.json()) as { error: { code: string } }).error.code, "audit_unavailable");
			assert.equal((await fetch(`${url}/readyz`)).status, 503);
		});
	});

	it("refuses to begin with a shadow whose opinions nobody would keep", async () => {
		const { auditDir: _, ...without } = config;
		await assert.rejects(startGateway({ ...without, auditDir: undefined }, openLocalService, log), {
			code: "invalid_config",
		});
	});
});
