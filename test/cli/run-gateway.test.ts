import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runGateway, startGateway } from "../../src/cli/run-gateway.ts";
import type { OpenService } from "../../src/cli/service.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { SluiceError } from "../../src/errors.ts";
import { createLog } from "../../src/log.ts";
import type { Moderator } from "../../src/moderator.ts";
import { createFakeModerator, fakePolicy } from "../fake-moderator.ts";

const config: Config = readConfig({}, { PORT: "0", SLUICE_LOG_LEVEL: "silent" });
const log = createLog({ level: "silent", write: () => {} });

function watched(over: Partial<Moderator> = {}): { moderator: Moderator; closed: () => number } {
	let closed = 0;
	const close = async (): Promise<void> => {
		closed++;
	};
	return { moderator: Object.assign(createFakeModerator(), over, { close }), closed: () => closed };
}

/** A service that is only a moderator. */
const only =
	(moderator: Moderator): OpenService =>
	async () => ({ moderator, close: () => moderator.close() });

describe("startGateway", () => {
	it("answers on a real port while the model is loading, and frees the model on closing", async () => {
		const { moderator, closed } = watched({ isReady: () => false });
		const gateway = await startGateway(config, only(moderator), log);
		assert.equal((await fetch(`${gateway.url}/healthz`)).status, 200);
		assert.equal((await fetch(`${gateway.url}/readyz`)).status, 503);
		await gateway.close();
		assert.equal(closed(), 1);
		await assert.rejects(fetch(`${gateway.url}/healthz`));
	});
	it("says 503 on /readyz while it drains, and goes on answering", async () => {
		const { moderator } = watched();
		const gateway = await startGateway(config, only(moderator), log);
		try {
			assert.equal((await fetch(`${gateway.url}/readyz`)).status, 200);
			gateway.drain();
			assert.equal((await fetch(`${gateway.url}/readyz`)).status, 503);
			assert.equal((await fetch(`${gateway.url}/healthz`)).status, 200);
			const body = JSON.stringify({ input: "bad" });
			const headers = { "content-type": "application/json" };
			assert.equal((await fetch(`${gateway.url}/v1/moderations`, { method: "POST", headers, body })).status, 200);
		} finally {
			await gateway.close();
		}
	});
	it("says on every door why a moderator that is not ready is not", async () => {
		const { moderator } = watched({ isReady: () => false, hindrance: () => "no worker is there" });
		const gateway = await startGateway(config, only(moderator), log);
		try {
			const headers = { "content-type": "application/json" };
			for (const init of [{}, { method: "POST", headers, body: JSON.stringify({ input: "bad" }) }]) {
				const path = "body" in init ? "/v1/moderations" : "/readyz";
				const response = await fetch(`${gateway.url}${path}`, init);
				assert.equal(response.status, 503);
				assert.equal(((await response.json()) as { detail: string }).detail, "no worker is there");
			}
		} finally {
			await gateway.close();
		}
	});
	it("refuses an address others can reach before it loads anything", async () => {
		const open: OpenService = async () => assert.fail("loaded");
		await assert.rejects(startGateway({ ...config, host: "0.0.0.0" }, open, log), { code: "invalid_config" });
	});
	it("frees the model when it cannot listen or a policy maps to an unknown category", async () => {
		const unusable = watched();
		await assert.rejects(
			startGateway({ ...config, host: "192.0.2.1", allowPublic: true }, only(unusable.moderator), log),
		);
		assert.equal(unusable.closed(), 1);
		const wrong = watched({ policies: [fakePolicy("rude", ["rudeness"])] });
		await assert.rejects(startGateway(config, only(wrong.moderator), log), { code: "invalid_policy" });
		assert.equal(wrong.closed(), 1);
	});
});

describe("runGateway", () => {
	for (const signal of ["SIGTERM", "SIGINT"] as const)
		it(`ends on ${signal}, also while the model is loading, and takes its handlers away`, async () => {
			const before = process.listenerCount(signal);
			for (const ready of [async () => {}, () => new Promise<void>(() => {})]) {
				const { moderator, closed } = watched({ ready });
				const done = runGateway(config, only(moderator));
				process.emit(signal);
				await done;
				assert.equal(closed(), 1);
			}
			assert.equal(process.listenerCount(signal), before);
		});
	it("with a drain time it answers for as long after the signal", async () => {
		const { moderator, closed } = watched();
		const began = performance.now();
		const done = runGateway({ ...config, drainMs: 60 }, only(moderator));
		process.emit("SIGTERM");
		await done;
		assert.ok(performance.now() - began >= 59);
		assert.equal(closed(), 1);
	});
	it("ends with the reason when the model cannot be loaded", async () => {
		const ready = async (): Promise<void> => {
			throw new SluiceError("invalid_model", { detail: "config.json is missing" });
		};
		const { moderator, closed } = watched({ ready });
		await assert.rejects(runGateway(config, only(moderator)), { code: "invalid_model" });
		assert.equal(closed(), 1);
	});
});
