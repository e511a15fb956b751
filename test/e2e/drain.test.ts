/** SIGTERM under load, with real processes: every request that was sent on an open connection gets its answer. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startRedis } from "../queue/redis-server.ts";

const root = join(import.meta.dirname, "../..");
const main = join(root, "src/cli/main.ts");
const shipped = existsSync(join(root, "models/sluice-guard/model.safetensors"));
const TEXTS = 4;
const BODY = JSON.stringify({
	input: Array.from({ length: TEXTS }, (_, i) => `text ${i} about the weather and the garden`),
});

const serve = (drainMs: number): Promise<{ child: ChildProcess; port: number }> =>
	start(["serve", "--port", "0", "--threads", "1"], drainMs);

/** Resolves when the process is ready; its port is 0 where it listens on none. */
async function start(args: readonly string[], drainMs = 0): Promise<{ child: ChildProcess; port: number }> {
	const env = {
		PATH: process.env.PATH ?? "",
		SLUICE_CACHE_DIR: join(root, ".cache"),
		SLUICE_DRAIN_MS: String(drainMs),
	};
	const child = spawn(process.execPath, [main, ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
	let port = 0;
	for await (const line of createInterface({ input: child.stderr! })) {
		const { msg, url } = JSON.parse(line) as { msg: string; url?: string };
		if (url !== undefined) port = Number(new URL(url).port);
		if (msg === "ready") break;
	}
	child.stderr!.resume();
	return { child, port };
}

/** What became of a request: its whole answer, or an error of its connection. */
type End = { readonly status: number; readonly complete: boolean } | { readonly error: string };

function ask(port: number, agent: Agent): { readonly sent: Promise<void>; readonly end: Promise<End> } {
	const sent = Promise.withResolvers<void>();
	const end = Promise.withResolvers<End>();
	const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(BODY) };
	const call = request(
		{ port, host: "127.0.0.1", path: "/v1/classify", method: "POST", agent, headers },
		(response) => {
			let text = "";
			response.setEncoding("utf8").on("data", (piece: string) => {
				text += piece;
			});
			response.on("close", () => end.resolve({ status: response.statusCode!, complete: isWhole(text) }));
		},
	);
	call.on("finish", sent.resolve);
	call.on("error", (error: NodeJS.ErrnoException) => {
		sent.resolve();
		end.resolve({ error: error.code ?? error.name });
	});
	call.end(BODY);
	return { sent: sent.promise, end: end.promise };
}

/** Requests to judge that the process has read, answered or not; the one that asks is left out. */
async function countTaken(port: number): Promise<number> {
	const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
	const value = (series: string): number =>
		Number(
			text
				.split("\n")
				.find((line) => line.startsWith(series))
				?.split(" ")
				.at(-1) ?? 0,
		);
	const answered = value('sluice_http_requests_total{route="/v1/classify",method="POST",status="200"}');
	return answered + value("sluice_http_requests_in_flight ") - 1;
}

function isWhole(text: string): boolean {
	try {
		return (JSON.parse(text) as { results: unknown[] }).results.length === TEXTS;
	} catch {
		return false;
	}
}

describe("SIGTERM under load", { skip: shipped ? false : "models/sluice-guard is not there", timeout: 60_000 }, () => {
	const whole = { status: 200, complete: true };

	it("answers what is sent until /readyz says that it drains, on kept connections and new ones, and ends with 0", async () => {
		const { child, port } = await serve(2000);
		const agent = new Agent({ keepAlive: true, maxSockets: 16 });
		const ends: End[] = [];
		let isOver = false;
		const gone = once(child, "exit");
		const load = Array.from({ length: 16 }, async () => {
			while (!isOver) ends.push(await ask(port, agent).end);
		});
		try {
			while (ends.length < 32) await sleep(5);
			child.kill("SIGTERM");
			const before = ends.length;
			while (ends.length < before + 16) await sleep(5);
			const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
			assert.equal(ready.status, 503);
			assert.equal(ready.headers.get("connection"), "close");
			isOver = true; // as a load balancer does then
			await Promise.all(load);
			assert.deepEqual(await gone, [0, null]);
			for (const end of ends) assert.deepEqual(end, whole);
		} finally {
			isOver = true;
			agent.destroy();
			if (child.exitCode === null) child.kill("SIGKILL");
		}
	});
	it("without time to drain answers everything that it has taken", async () => {
		const { child, port } = await serve(0);
		const agent = new Agent({ keepAlive: false });
		const gone = once(child, "exit");
		try {
			await ask(port, agent).end;
			const asked = Array.from({ length: 64 }, () => ask(port, agent));
			await Promise.all(asked.map(({ sent }) => sent));
			while ((await countTaken(port)) < asked.length + 1) await sleep(10);
			child.kill("SIGTERM");
			for (const { end } of asked) assert.deepEqual(await end, whole);
			assert.deepEqual(await gone, [0, null]);
		} finally {
			agent.destroy();
			if (child.exitCode === null) child.kill("SIGKILL");
		}
	});

	it("of workers of a fleet, one after another, costs no request, and then of its gateway none that it has taken", async (t) => {
		const redis = await startRedis();
		if (redis === undefined) return t.skip("SKIPPED: no redis-server here");
		const children: ChildProcess[] = [];
		const open = async (...args: string[]): Promise<{ child: ChildProcess; port: number }> => {
			const opened = await start([...args, "--redis", redis.url], 1000);
			children.push(opened.child);
			return opened;
		};
		const work = (): ReturnType<typeof open> => open("worker", "--threads", "1");
		const agent = new Agent({ keepAlive: true, maxSockets: 16 });
		const ends: End[] = [];
		let isOver = false;
		t.signal.addEventListener("abort", () => {
			isOver = true; // a hang must not outlive its test
			for (const child of children) child.kill("SIGKILL");
		});
		try {
			const workers = [await work(), await work()];
			const { child: gateway, port } = await open("gateway", "--port", "0");
			const load = Array.from({ length: 16 }, async () => {
				while (!isOver) ends.push(await ask(port, agent).end);
			});
			const more = async (count: number): Promise<void> => {
				const before = ends.length;
				while (ends.length < before + count) await sleep(5);
			};
			for (const { child } of workers) {
				await more(48);
				await work(); // as an upgrade does: the new one first
				const gone = once(child, "exit");
				child.kill("SIGTERM");
				assert.deepEqual(await gone, [0, null]);
			}
			await more(48);
			const gone = once(gateway, "exit");
			gateway.kill("SIGTERM");
			await more(16);
			isOver = true;
			await Promise.all(load);
			assert.deepEqual(await gone, [0, null]);
			for (const end of ends) assert.deepEqual(end, whole);
		} finally {
			isOver = true;
			agent.destroy();
			for (const child of children) child.kill("SIGKILL");
			await redis.stop();
		}
	});
});
