/**
 * Looks after jobs that have been out for a while: one that is gone without a reply, that is in the hands of a worker that is
 * gone, or in a queue that has no workers any more, is lost.
 */
import type { Queue } from "../queue/index.ts";
import type { Fleet } from "./fleet.ts";

const LOOKS_PER_PATIENCE = 4;
const LOOKS_AT_ONCE = 8;

/** A job that is out. */
export interface Outstanding {
	readonly id: string;
	readonly queue: Queue;
	/** When it is to be looked after, on the monotonic clock. */
	lookMs: number;
}

/** What a watch needs. */
export interface LostJobsParts<Sent extends Outstanding> {
	/** The jobs that are out. */
	readonly jobs: ReadonlyMap<string, Sent>;
	readonly fleet: Fleet;
	/** How long a job is left in peace, and between two looks, ms. */
	readonly patienceMs: number;
	/** Hears of a lost job. */
	lost(sent: Sent): void;
}

/** Looks after jobs from `start` to `stop`, as often as one wants. */
export function watchLostJobs<Sent extends Outstanding>(of: LostJobsParts<Sent>): { start(): void; stop(): void } {
	let timer: NodeJS.Timeout | undefined;
	let looking = false;
	const look = async (): Promise<void> => {
		if (looking) return;
		looking = true;
		const now = performance.now();
		const due = [...of.jobs.values()].filter(({ lookMs }) => lookMs <= now).slice(0, LOOKS_AT_ONCE);
		for (const sent of due) {
			sent.lookMs = now + of.patienceMs;
			if ((await isLost(sent, of.fleet)) && of.jobs.has(sent.id)) of.lost(sent);
		}
		looking = false;
	};
	return {
		start() {
			timer ??= setInterval(look, of.patienceMs / LOOKS_PER_PATIENCE);
		},
		stop() {
			clearInterval(timer);
			timer = undefined;
		},
	};
}

async function isLost({ id, queue }: Outstanding, fleet: Fleet): Promise<boolean> {
	try {
		const job = await queue.getJob(id);
		if (job === undefined) return true;
		if (job.processedBy !== undefined) return !fleet.isAlive(job.processedBy);
		const crew = fleet.crew();
		if (crew === undefined || crew.queue === queue.name) return false;
		await job.remove();
		return true;
	} catch {
		return false; // the queue is away, or the job was taken meanwhile
	}
}
