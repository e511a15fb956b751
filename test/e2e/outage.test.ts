/** Processes of a fleet whose Redis has gone: they end when they are told to. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startRedis } from "../queue/redis-server.ts";

const ROOT = join(import.meta.dirname, "../..");
const MAIN = join(ROOT, "src/cli/main.ts");
const MOST_MS = 10_000;

/** Starts a process and waits for the line of its log that says so. */
async function start(args: readonly string[], message: string): Promise<ChildProcess> {
	const env = { PATH: process.env.PATH ?? "", SLUICE_CACHE_DIR: join(ROOT, ".cache") };
	const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
	const lines = createInterface({ input: child.stderr! });
	await new Promise<void>((resolve, reject) => {
		lines.on("line", (line) => line.includes(`"msg":"${message}"`) && resolve());
		child.once("exit", (code) => reject(new Error(`${args[0]} ended with ${code}`)));
	});
	return child;
}

const KILLS: readonly [when: string, delayMs: number][] = [
	["has gone", 0],
	["goes while they end", 3],
];

for (const [when, delayMs] of KILLS)
	test(`workers and gateways whose Redis ${when} end within seconds of SIGTERM`, async (t) => {
		const redis = await startRedis();
		if (redis === undefined) return t.skip("SKIPPED: no redis-server here");
		const children: ChildProcess[] = [];
		const killAll = (): void => {
			for (const child of children) child.kill("SIGKILL");
		};
		t.signal.addEventListener("abort", killAll); // else a hang would outlive its test
		try {
			children.push(await start(["worker", "--redis", redis.url], "ready"));
			children.push(await start(["gateway", "--redis", redis.url, "--port", "0"], "ready"));
			const exits = children.map((child) => once(child, "exit"));
			const began = performance.now();
			if (delayMs === 0) process.kill(redis.pid, "SIGKILL");
			for (const child of children) child.kill("SIGTERM");
			if (delayMs > 0) {
				await sleep(delayMs);
				process.kill(redis.pid, "SIGKILL");
			}
			assert.deepEqual(await Promise.all(exits), [
				[0, null],
				[0, null],
			]);
			assert.ok(performance.now() - began < MOST_MS);
		} finally {
			killAll();
			await redis.stop();
		}
	});
