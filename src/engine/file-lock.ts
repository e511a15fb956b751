/**
 * A lock between processes: a file that says who holds it and is touched while it is held. A lock whose holder is gone or
 * has not touched it for long is taken over. Two processes may take over the same one at once in rare cases, so what is done
 * under a lock must be right even if it is done twice.
 */
import { mkdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** Times of a lock, in milliseconds. */
export interface LockTimes {
	/** How often a holder touches its lock. */
	readonly touchMs: number;
	/** A lock untouched for this long is nobody's. */
	readonly staleMs: number;
	/** How often one who waits looks. */
	readonly pollMs: number;
	/** How long one waits at most. */
	readonly waitMs: number;
}

const TIMES: LockTimes = { touchMs: 5_000, staleMs: 60_000, pollMs: 250, waitMs: 600_000 };

/** Runs `work` while holding the lock at `path`. Throws what the disk says, or an Error after waiting in vain. */
export async function withLock<T>(path: string, work: () => Promise<T>, times: Partial<LockTimes> = {}): Promise<T> {
	const { touchMs, staleMs, pollMs, waitMs } = { ...TIMES, ...times };
	await mkdir(dirname(path), { recursive: true });
	const until = performance.now() + waitMs;
	while (!(await tryTake(path))) {
		if (await isStale(path, staleMs)) await rm(path, { force: true });
		else if (performance.now() > until) throw new Error("another process has held the lock for too long");
		else await wait(pollMs);
	}
	const touching = setInterval(() => {
		const now = new Date();
		utimes(path, now, now).catch(() => {}); // taken over: nothing to touch
	}, touchMs);
	touching.unref();
	try {
		return await work();
	} finally {
		clearInterval(touching);
		await rm(path, { force: true });
	}
}

async function tryTake(path: string): Promise<boolean> {
	try {
		await writeFile(path, `${hostname()} ${process.pid}`, { flag: "wx" });
		return true;
	} catch (error) {
		if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
		throw error;
	}
}

async function isStale(path: string, staleMs: number): Promise<boolean> {
	const touched = await stat(path).catch(() => undefined);
	if (touched === undefined) return false; // given back by now
	if (touched.mtimeMs < Date.now() - staleMs) return true;
	const [host, pid] = (await readFile(path, "utf8").catch(() => "")).split(" ");
	return host === hostname() && isGone(Number(pid), touched.mtimeMs);
}

function isGone(pid: number, touchedMs: number): boolean {
	// In a container every process may have the same number
	if (pid === process.pid) return touchedMs < Date.now() - process.uptime() * 1000;
	try {
		process.kill(pid, 0);
		return false;
	} catch (error) {
		return error instanceof Error && "code" in error && error.code === "ESRCH";
	}
}
