import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openTogether } from "../../src/cli/closing.ts";
import { openLocalService } from "../../src/cli/open-local-service.ts";
import { openQueuedService } from "../../src/cli/open-queued-service.ts";
import { startGateway } from "../../src/cli/run-gateway.ts";
import { startFleetWorker } from "../../src/cli/run-worker.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { createFakeModerator } from "../fake-moderator.ts";

const root = join(import.meta.dirname, "../..");
const shipped = existsSync(join(root, "models/sluice-guard/model.safetensors"));
const log = createLog({ level: "silent" });
const base: Config = readConfig({ port: "0", threads: "1" }, { SLUICE_CACHE_DIR: join(root, ".cache") });

describe("parts that are opened together", () => {
	it("are closed the other way round, once, and all of them though one fails", async () => {
		const closed: string[] = [];
		const { close } = await openTogether(async (closing) => {
			for (const name of ["a", "b", "c"])
				closing.add(name, (part) => {
					closed.push(part);
					if (part === "b") throw new Error("b");
				});
			return closing;
		});
		await assert.rejects(close(), /^Error: b$/);
		await assert.rejects(close(), /^Error: b$/);
		assert.deepEqual(closed, ["c", "b", "a"]);
	});
	it("are closed where a later one cannot be opened, which is what is thrown", async () => {
		const closed: string[] = [];
		const opening = openTogether(async (closing) => {
			closing.add("a", (part) => void closed.push(part));
			throw new Error("no b");
		});
		await assert.rejects(opening, /no b/);
		assert.deepEqual(closed, ["a"]);
	});
});

describe("a gateway or worker that is not told everything", () => {
	it("says which flag or setting is missing, or which two contradict", async () => {
		await assert.rejects(openQueuedService(base, log), { code: "invalid_config", message: /--redis URL/ });
		await assert.rejects(
			startFleetWorker(base, async () => ({ moderator: createFakeModerator(), close: async () => {} }), log),
			{ code: "invalid_config", message: /--redis URL/ },
		);
		const both = { ...base, redisUrl: "redis://127.0.0.1:1", dataDir: "/d", recordsUrl: "http://127.0.0.1:1" };
		await assert.rejects(openQueuedService(both, log), { code: "invalid_config", message: /not both/ });
	});
	it("does not start where Redis cannot be reached, and frees the model", async () => {
		const redisUrl = "redis://127.0.0.1:1";
		await assert.rejects(openQueuedService({ ...base, redisUrl }, log), { code: "queue_unavailable" });
		let closed = 0;
		const moderator = Object.assign(createFakeModerator(), { close: async () => void closed++ });
		await assert.rejects(
			startFleetWorker({ ...base, redisUrl }, async () => ({ moderator, close: () => moderator.close() }), log),
			{ code: "queue_unavailable" },
		);
		assert.equal(closed, 1);
	});
});

describe("serve with a data directory", { skip: shipped ? false : "no model", timeout: 60_000 }, () => {
	let folder = "";
	before(async () => {
		folder = await mkdtemp(join(tmpdir(), "sluice-serve-"));
	});
	after(() => rm(folder, { recursive: true }));

	it("judges requests and batches on one model, keeps the records, and is the only owner", async () => {
		const config = { ...base, dataDir: join(folder, "data") };
		let id = "";
		const first = await startGateway(config, openLocalService, log);
		try {
			await assert.rejects(startGateway(config, openLocalService, log), { code: "invalid_config" });
			const form = new FormData();
			form.append("purpose", "batch");
			const line = { custom_id: "a", method: "POST", url: "/v1/classify", body: { input: "you idiot" } };
			form.append("file", new Blob([JSON.stringify(line)]), "in.jsonl");
			const file = await (await fetch(`${first.url}/v1/files`, { method: "POST", body: form })).json();
			const wish = { input_file_id: file.id, endpoint: "/v1/classify", completion_window: "24h" };
			const headers = { "content-type": "application/json" };
			const asked = { method: "POST", headers, body: JSON.stringify(wish) };
			id = (await (await fetch(`${first.url}/v1/batches`, asked)).json()).id;
			await first.ready();
		} finally {
			await first.close();
		}
		const second = await startGateway(config, openLocalService, log);
		try {
			let batch: { status: string; output_file_id: string };
			do {
				await new Promise((resolve) => setTimeout(resolve, 20));
				batch = await (await fetch(`${second.url}/v1/batches/${id}`)).json();
			} while (["validating", "in_progress", "finalizing"].includes(batch.status));
			assert.equal(batch.status, "completed");
			const output = await (await fetch(`${second.url}/v1/files/${batch.output_file_id}/content`)).json();
			assert.equal(output.custom_id, "a");
			assert.notEqual(output.response.body.results[0].action, "allow");
		} finally {
			await second.close();
		}
	});
	it("without one says how to get files and batches", async () => {
		const gateway = await startGateway(base, openLocalService, log);
		try {
			const response = await fetch(`${gateway.url}/v1/batches`);
			assert.equal(response.status, 501);
			assert.match((await response.json()).detail, /SLUICE_DATA_DIR/);
		} finally {
			await gateway.close();
		}
	});
});
