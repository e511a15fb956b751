/**
 * A Redis of one's own for a test: started on a free loopback port in a folder of its own, gone afterwards.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A running Redis. `restart` ends it and starts it again on the same port; what an append-only file holds comes back. */
export interface TestRedis {
	readonly url: string;
	readonly pid: number;
	restart(): Promise<void>;
	stop(): Promise<void>;
}

async function findPort(): Promise<number> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	server.close();
	await once(server, "close");
	if (address === null || typeof address === "string") throw new Error("no port");
	return address.port;
}

interface Place {
	readonly port: number;
	readonly folder: string;
	readonly appendonly: boolean;
}

/** Starts the server and waits until it accepts connections; undefined where there is no such program. */
async function launch(place: Place): Promise<ChildProcess | undefined> {
	const settings = ["--port", String(place.port), "--bind", "127.0.0.1", "--dir", place.folder, "--save", ""];
	settings.push("--appendonly", place.appendonly ? "yes" : "no", "--maxmemory-policy", "noeviction");
	const child = spawn("redis-server", settings, { stdio: ["ignore", "pipe", "ignore"] });
	const [word] = await Promise.race([once(child, "spawn").then(() => ["spawn"]), once(child, "error")]).catch(() => [
		"error",
	]);
	if (word !== "spawn") return undefined;
	await new Promise<void>((resolve, reject) => {
		let said = "";
		child.stdout.setEncoding("utf8").on("data", (text: string) => {
			said = (said + text).slice(-4096);
			if (said.includes("Ready to accept connections")) resolve();
		});
		child.once("exit", () => reject(new Error(`redis-server ended: ${said}`)));
	});
	return child;
}

async function end(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const gone = once(child, "exit");
	child.kill("SIGTERM");
	await gone;
}

/** Starts a Redis; undefined, with a loud message, where redis-server is not installed: skip the test then. */
export async function startRedis(options: { appendonly?: boolean } = {}): Promise<TestRedis | undefined> {
	const folder = await mkdtemp(join(tmpdir(), "sluice-redis-"));
	const place = { port: await findPort(), folder, appendonly: options.appendonly ?? false };
	let child = await launch(place);
	if (child === undefined) {
		await rm(folder, { recursive: true, force: true });
		process.stderr.write("!! redis-server is not installed: the tests that need it are SKIPPED\n");
		return undefined;
	}
	return {
		url: `redis://127.0.0.1:${place.port}`,
		get pid() {
			return child?.pid ?? 0;
		},
		async restart() {
			if (child !== undefined) await end(child);
			child = await launch(place);
			if (child === undefined) throw new Error("redis-server did not come back");
		},
		async stop() {
			if (child !== undefined) await end(child);
			await rm(folder, { recursive: true, force: true });
		},
	};
}
