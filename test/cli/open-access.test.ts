/** Keys of a running gateway: made, revoked and asked for by the real parts, from the command to the answer. */
import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { openAccess } from "../../src/cli/open-access.ts";
import { startGateway } from "../../src/cli/run-gateway.ts";
import type { OpenService } from "../../src/cli/service.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { createFakeModerator } from "../fake-moderator.ts";
import { run } from "./harness.ts";

const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function makeFolder(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), "sluice-access-"));
	folders.push(folder);
	return folder;
}

const openFake: OpenService = async () => {
	const moderator = createFakeModerator();
	return { moderator, close: () => moderator.close() };
};

/** Makes a key by the command line. */
async function createKey(
	place: readonly string[],
	...options: readonly string[]
): Promise<{ secret: string; id: string }> {
	const { stdout, stderr } = await run(["keys", "create", "a key", ...options, ...place]);
	const id = /key_[0-9a-f]{16}/.exec(stderr)?.[0];
	assert.ok(id, stderr);
	return { secret: stdout.trim(), id };
}

function createWatchedLog(): { log: ReturnType<typeof createLog>; lines: string[] } {
	const lines: string[] = [];
	return { lines, log: createLog({ level: "debug", write: (line) => lines.push(line) }) };
}

/** Runs `use` with what asks a gateway of these settings and gives the status. */
async function withGateway(
	of: Partial<Config>,
	use: (ask: (secret?: string) => Promise<number>, lines: readonly string[]) => Promise<void>,
): Promise<void> {
	const { log, lines } = createWatchedLog();
	const config = { ...readConfig({}, { PORT: "0" }), ...of };
	const gateway = await startGateway(config, openFake, log);
	try {
		await use(async (secret) => {
			const response = await fetch(`${gateway.url}/v1/moderations`, {
				method: "POST",
				headers: { "content-type": "application/json", ...(secret && { authorization: `Bearer ${secret}` }) },
				body: JSON.stringify({ input: "a" }),
			});
			await response.body?.cancel();
			return response.status;
		}, lines);
	} finally {
		await gateway.close();
	}
}

describe("keys of a running gateway", () => {
	it("open from the moment they are made until they are revoked, and are in no log line and on no disk", async () => {
		const dataDir = await makeFolder();
		await withGateway({ dataDir, requireKeys: true }, async (ask, lines) => {
			assert.equal(await ask(), 401);
			const { secret, id } = await createKey(["--data", dataDir]);
			assert.equal(await ask(secret), 200);
			assert.equal((await run(["keys", "revoke", id, "--data", dataDir])).exitCode, 0);
			assert.equal(await ask(secret), 401);
			assert.equal(lines.join("\n").includes(secret.slice("sluice_".length)), false);
			for (const name of await readdir(dataDir)) {
				const bytes = await readFile(join(dataDir, name)).catch(() => Buffer.alloc(0));
				assert.equal(bytes.includes(secret.slice("sluice_".length)), false, name);
			}
		});
	});
	it("that are revoked or unknown open nothing where none is needed either: no key opens more than a limited one", async () => {
		const dataDir = await makeFolder();
		const { secret, id } = await createKey(["--data", dataDir], "--scopes", "batch");
		await withGateway({ dataDir }, async (ask) => {
			assert.deepEqual([await ask(), await ask("sk-made-up"), await ask(secret)], [200, 200, 403]);
			await run(["keys", "revoke", id, "--data", dataDir]);
			assert.deepEqual([await ask(), await ask(secret), await ask(`sluice_${"0".repeat(48)}`)], [200, 401, 401]);
		});
	});
	it("from a file count as well, without a data directory", async () => {
		const keysFile = join(await makeFolder(), "keys.json");
		const { secret } = await createKey(["--file", keysFile]);
		await withGateway({ keysFile, requireKeys: true }, async (ask) => {
			assert.deepEqual([await ask(), await ask(secret)], [401, 200]);
		});
	});
});

describe("an address that others can reach", () => {
	const config = { ...readConfig({}, { PORT: "0" }), host: "0.0.0.0" };
	const { log } = createWatchedLog();

	it("is refused without a key in force, before anything is loaded", async () => {
		const open: OpenService = async () => assert.fail("loaded");
		const dataDir = await makeFolder();
		for (const settings of [config, { ...config, dataDir }, { ...config, requireKeys: true }])
			await assert.rejects(startGateway(settings, open, log), { code: "invalid_config" });
		const { id } = await createKey(["--data", dataDir]);
		await run(["keys", "revoke", id, "--data", dataDir]);
		await assert.rejects(startGateway({ ...config, dataDir }, open, log), { code: "invalid_config" });
	});
	it("asks for keys where there are some", async () => {
		const dataDir = await makeFolder();
		await createKey(["--data", dataDir]);
		const { access, close } = await openAccess({ ...config, dataDir }, log);
		close();
		assert.equal(access.isRequired, true);
	});
	it("that is open by declaration says so where there are keys", async () => {
		const dataDir = await makeFolder();
		await createKey(["--data", dataDir]);
		for (const [requireKeys, warnings] of [
			[false, 1],
			[true, 0],
		] as const) {
			const watched = createWatchedLog();
			const opened = await openAccess({ ...config, dataDir, allowPublic: true, requireKeys }, watched.log);
			opened.close();
			assert.equal(opened.access.isRequired, requireKeys);
			assert.equal(watched.lines.filter((line) => line.includes("SLUICE_REQUIRE_KEYS=1")).length, warnings);
		}
	});
	it("is refused with a keys file that cannot be read", async () => {
		const keysFile = join(await makeFolder(), "keys.json");
		await writeFile(keysFile, "{");
		await assert.rejects(openAccess({ ...config, keysFile }, log), { code: "invalid_config" });
	});
});
