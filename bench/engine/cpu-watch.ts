/** How much CPU others used while a side worked, from /proc. Linux only; the kernel counts in ticks of 10 ms. */
import { readFile } from "node:fs/promises";

/** Above this much of one core, a sample is not clean. */
export const CLEAN_CPU = 0.12;
const TICK_MS = 10;

/** What `work` gave, how long it took, and the cores that anything but this process and, if given, `pid` kept busy meanwhile. */
export async function watchCpu<T>(
	pid: number | undefined,
	work: () => Promise<T>,
): Promise<{ result: T; elapsedMs: number; otherCpu: number }> {
	const before = await readTicks(pid);
	const start = performance.now();
	const result = await work();
	const elapsedMs = performance.now() - start;
	const after = await readTicks(pid);
	const ticks = after.busy - before.busy - (after.own - before.own);
	return { result, elapsedMs, otherCpu: Math.max(0, (ticks * TICK_MS) / elapsedMs) };
}

/** Ticks of all cores since boot, stolen ones included, and of the processes that are meant to work. */
async function readTicks(pid: number | undefined): Promise<{ busy: number; own: number }> {
	const side = pid === undefined ? 0 : ticksOf(pid);
	const [all, own, other] = await Promise.all([readFile("/proc/stat", "utf8"), ticksOf(process.pid), side]);
	const [user, nice, system, , , irq, softIrq, steal] = all.split("\n")[0]!.trim().split(/\s+/).slice(1).map(Number);
	return { busy: user! + nice! + system! + irq! + softIrq! + steal!, own: own + other };
}

async function ticksOf(pid: number): Promise<number> {
	const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ").at(-1)!.split(" ");
	return Number(fields[11]) + Number(fields[12]);
}
