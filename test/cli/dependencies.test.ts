import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, it } from "node:test";
import { checkRecords, checkRedis, createDependency } from "../../src/cli/dependencies.ts";
import { openQueuedService } from "../../src/cli/open-queued-service.ts";
import { startGateway } from "../../src/cli/run-gateway.ts";
import { readConfig } from "../../src/config.ts";
import { createApp } from "../../src/http/app.ts";
import type { Dependency } from "../../src/http/route.ts";
import { createLog } from "../../src/log.ts";
import { createFakeModerator } from "../fake-moderator.ts";
import { policyDirectory, policyText } from "../policies/policy-directory.ts";
import { startRedis } from "../queue/redis-server.ts";

const log = createLog({ level: "silent" });
const limits = { maxBodyBytes: 1000, maxInputs: 8, deadlineMs: 1000 };
const ask = (dependencies: Record<string, Dependency>, ready = true): Promise<Response> =>
	Promise.resolve(
		createApp({ moderator: createFakeModerator({ ready }), limits, log, dependencies }).request("/readyz"),
	);
const here: Dependency = { isNeeded: true, check: async () => undefined };
const away = (isNeeded: boolean): Dependency => ({ isNeeded, check: async () => "it is out of reach" });

describe("/readyz", () => {
	it("is 200 with every dependency by name, also where one is away that texts are judged without", async () => {
		const response = await ask({ redis: here, records: away(false) });
		assert.equal(response.status, 200);
		assert.deepEqual(await response.json(), {
			status: "ok",
			dependencies: { redis: "ok", records: "it is out of reach" },
		});
	});
	it("is 503 with the reason where a needed one is away, before anything that follows from it", async () => {
		const response = await ask({ redis: away(true) }, false);
		assert.equal(response.status, 503);
		assert.equal((await response.json()).detail, "it is out of reach");
		assert.equal((await ask({ redis: here }, false)).status, 503);
	});
});

describe("a dependency", () => {
	it("is asked once for many probes at a time", async () => {
		let asked = 0;
		const dependency = createDependency(true, "away", async () => void asked++);
		const answers = await Promise.all(Array.from({ length: 100 }, () => dependency.check()));
		assert.deepEqual([asked, new Set(answers)], [1, new Set([undefined])]);
	});
	it("that does not answer is away after a second", { timeout: 5000 }, async () => {
		const began = performance.now();
		assert.equal(await createDependency(true, "away", () => new Promise(() => {})).check(), "away");
		assert.ok(performance.now() - began < 3000);
	});
	it("Redis is away where nothing can be published, the owner of the records where it does not answer", async () => {
		const publish = async (): Promise<never> => {
			throw new Error("gone");
		};
		assert.match((await checkRedis({ publish }).check())!, /SLUICE_REDIS_URL/);
		assert.equal(await checkRedis({ publish: async () => {} }).check(), undefined);
		assert.match((await checkRecords("http://127.0.0.1:1").check())!, /SLUICE_RECORDS_URL/);
		const server = createServer((_, response) => response.end("{}")).listen(0, "127.0.0.1");
		await new Promise((resolve) => server.once("listening", resolve));
		const { port } = server.address() as { port: number };
		assert.equal(await checkRecords(`http://127.0.0.1:${port}`).check(), undefined);
		server.closeAllConnections();
		server.close();
	});
});

describe("a gateway of a fleet", { timeout: 30_000 }, () => {
	it("says that no worker is there, and names Redis once that is gone", async (t) => {
		const redis = await startRedis();
		if (redis === undefined) return t.skip("redis-server is not installed");
		const policies = await policyDirectory(t, { hate: policyText("hate") });
		const config = readConfig({ port: "0", redisUrl: redis.url, policies }, {});
		const gateway = await startGateway(config, openQueuedService, log);
		const reason = async (): Promise<string> => (await (await fetch(`${gateway.url}/readyz`)).json()).detail;
		try {
			assert.match(await reason(), /sluice worker/);
			await redis.stop();
			let said = await reason();
			for (let tries = 0; !said.includes("SLUICE_REDIS_URL") && tries < 400; tries++) {
				await new Promise((resolve) => setTimeout(resolve, 10));
				said = await reason();
			}
			assert.match(said, /SLUICE_REDIS_URL/);
		} finally {
			await gateway.close();
			await redis.stop();
		}
	});
});
