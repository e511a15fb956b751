/** A server under test as a child process: start, wait until ready, CPU time, memory, event-loop delay, stop. Linux only. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

/** Event-loop delay in milliseconds since the last reading. */
export interface LoopDelay {
	readonly p50: number;
	readonly p99: number;
	readonly max: number;
}

/** A running server; `startMs` is from spawn to the first 200 on /readyz. */
export interface ServerProcess {
	readonly port: number;
	readonly pid: number;
	readonly startMs: number;
	cpuMs(): Promise<number>;
	residentMb(): Promise<number>;
	loopDelay(): Promise<LoopDelay>;
	stop(): Promise<void>;
}

/** Starts `node ...command` (flags for Node, script, arguments) with PORT set to a free loopback port. */
export async function startServer(
	command: readonly string[],
	env: Record<string, string> = {},
): Promise<ServerProcess> {
	const port = await freePort();
	const preload = fileURLToPath(new URL("./loop-delay.ts", import.meta.url));
	const began = performance.now();
	const child = spawn(process.execPath, ["--import", preload, ...command], {
		env: { ...process.env, ...env, HOST: "127.0.0.1", PORT: String(port) },
		stdio: ["ignore", "ignore", "pipe"],
	});
	await untilReady(child, port);
	const startMs = performance.now() - began;
	return {
		port,
		pid: child.pid!,
		startMs,
		cpuMs: () => cpuMs(child.pid!),
		residentMb: () => residentMb(child.pid!),
		loopDelay: () => loopDelay(child),
		stop: () => stop(child),
	};
}

function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const probe = createServer().once("error", reject);
		probe.listen(0, "127.0.0.1", () => {
			const address = probe.address();
			probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
		});
	});
}

async function untilReady(child: ChildProcess, port: number): Promise<void> {
	let log = "";
	child.stderr?.on("data", (chunk: Buffer) => {
		log = (log + chunk.toString()).slice(-4000);
	});
	for (let tries = 0; tries < 6000; tries++) {
		if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${log}`);
		const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
		await response?.arrayBuffer();
		if (response?.ok) return;
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
	throw new Error(`the server was not ready within a minute: ${log}`);
}

/** User and system time of the whole process, from /proc; clock ticks are 10 ms on Linux. */
async function cpuMs(pid: number): Promise<number> {
	const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]!.split(" ");
	return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function residentMb(pid: number): Promise<number> {
	const match = /VmRSS:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, "utf8"));
	return Number(match?.[1]) / 1024;
}

function loopDelay(child: ChildProcess): Promise<LoopDelay> {
	return new Promise((resolve) => {
		const read = (chunk: Buffer): void => {
			const match = /loop-delay (\{.*\})/.exec(chunk.toString());
			if (!match) return;
			child.stderr?.off("data", read);
			resolve(JSON.parse(match[1]!) as LoopDelay);
		};
		child.stderr?.on("data", read);
		child.kill("SIGUSR2");
	});
}

function stop(child: ChildProcess): Promise<void> {
	return new Promise((resolve) => {
		if (child.exitCode !== null) return resolve();
		child.once("exit", () => resolve());
		child.kill("SIGTERM");
	});
}
