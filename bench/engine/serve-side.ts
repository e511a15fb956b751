/** The part of a side's process that is the same for every engine: reads requests, measures memory. Linux only. */
import { readFile } from "node:fs/promises";
import { inspect } from "node:util";
import type { Answers, Command, Engine, ProcessStats, Reply, Request } from "./protocol.ts";

/** Answers requests from the parent, in order, until it goes away. */
export function serveSide(engine: Engine): void {
	let last = Promise.resolve();
	process.on("message", (request: Request) => {
		last = last.then(async () => {
			const reply = await answer(engine, request).then(
				(answer): Reply => ({ id: request.id, answer }),
				(error: unknown): Reply => ({ id: request.id, error: inspect(error) }),
			);
			process.send!(reply);
		});
	});
	process.on("disconnect", () => process.exit());
}

function answer(engine: Engine, request: Request): Promise<Answers[Command]> {
	if (request.command === "load") return engine.load(request);
	if (request.command === "prefill") return engine.prefill(request);
	if (request.command === "decode") return engine.decode(request);
	return processStats();
}

/** Memory of this process, from /proc. */
export async function processStats(): Promise<ProcessStats> {
	const status = await readFile("/proc/self/status", "utf8");
	const read = (key: string): number => Number(new RegExp(`${key}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
	return { resident: read("VmRSS"), anonymous: read("RssAnon"), file: read("RssFile"), peak: read("VmHWM") };
}
