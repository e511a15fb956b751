import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runGateway, startGateway } from "../../src/cli/gateway.ts";
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

describe("startGateway", () => {
	it("answers on a real port while the model is loading, and frees the model on closing", async () => {
		const { moderator, closed } = watched({ isReady: () => false });
		const gateway = await startGateway(config, async () => moderator, log);
		assert.equal((await fetch(`${gateway.url}/healthz`)).status, 200);
		assert.equal((await fetch(`${gateway.url}/readyz`)).status, 503);
		await gateway.close();
		assert.equal(closed(), 1);
		await assert.rejects(fetch(`${gateway.url}/healthz`));
	});
	it("refuses an address others can reach before it loads anything", async () => {
		const open = async (): Promise<Moderator> => assert.fail("loaded");
		await assert.rejects(startGateway({ ...config, host: "0.0.0.0" }, open, log), { code: "invalid_config" });
	});
	it("frees the model when it cannot listen or a policy maps to an unknown category", async () => {
		const unusable = watched();
		await assert.rejects(
			startGateway({ ...config, host: "192.0.2.1", allowPublic: true }, async () => unusable.moderator, log),
		);
		assert.equal(unusable.closed(), 1);
		const wrong = watched({ policies: [fakePolicy("rude", ["rudeness"])] });
		await assert.rejects(
			startGateway(config, async () => wrong.moderator, log),
			{ code: "invalid_policy" },
		);
		assert.equal(wrong.closed(), 1);
	});
});

describe("runGateway", () => {
	for (const signal of ["SIGTERM", "SIGINT"] as const)
		it(`ends on ${signal}, also while the model is loading, and takes its handlers away`, async () => {
			const before = process.listenerCount(signal);
			for (const ready of [async () => {}, () => new Promise<void>(() => {})]) {
				const { moderator, closed } = watched({ ready });
				const done = runGateway(config, async () => moderator);
				process.emit(signal);
				await done;
				assert.equal(closed(), 1);
			}
			assert.equal(process.listenerCount(signal), before);
		});
	it("ends with the reason when the model cannot be loaded", async () => {
		const ready = async (): Promise<void> => {
			throw new SluiceError("invalid_model", { detail: "config.json is missing" });
		};
		const { moderator, closed } = watched({ ready });
		await assert.rejects(
			runGateway(config, async () => moderator),
			{ code: "invalid_model" },
		);
		assert.equal(closed(), 1);
	});
});
