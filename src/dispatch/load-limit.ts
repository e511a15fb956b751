/**
 * Refuses calls that would wait longer than they have time, before they are queued: jobs in the queue over the jobs that the
 * workers end per millisecond. What other gateways have in the queue is asked of it now and then; what this one has is known.
 */
import { SluiceError } from "../errors.ts";
import type { Crew } from "./fleet.ts";

/** How old a count of the queue may be, ms. */
const COUNT_AGE_MS = 100;
/** Part of a call's time that it may be expected to take; estimates are only that. */
const HEADROOM = 0.75;
const SHORTEST_RETRY_MS = 1000;

/** What is waiting. */
export interface Backlog {
	/** Jobs of this gateway in the queue, and those that its waiting pieces will make. */
	readonly jobs: number;
	/** Texts of this gateway that wait or are judged. */
	readonly texts: number;
}

/** What decides whether a call is let in. */
export interface LoadLimit {
	/** Throws `overloaded` with the time after which it makes sense to come back. */
	check(call: { texts: number; timeLeftMs: number }, crew: Crew, backlog: Backlog): void;
	/** The time a call would wait now, ms. */
	expectMs(crew: Crew, backlog: Backlog): number;
}

/** @param countJobs counts the jobs of a crew's queue, waiting and being judged; may fail */
export function createLoadLimit(of: { maxTexts: number; countJobs(crew: Crew): Promise<number> }): LoadLimit {
	let countedMs = Number.NEGATIVE_INFINITY;
	let counting = false;
	let foreign = 0;
	const recount = async (crew: Crew, mine: number): Promise<void> => {
		counting = true;
		try {
			foreign = Math.max(0, (await of.countJobs(crew)) - mine);
		} catch {
			foreign = 0; // whoever adds to the queue now hears that it is away
		}
		counting = false;
		countedMs = performance.now();
	};
	const expectMs = (crew: Crew, backlog: Backlog): number => {
		if (!counting && performance.now() - countedMs > COUNT_AGE_MS) void recount(crew, backlog.jobs);
		return crew.jobsPerMs === undefined ? 0 : (foreign + backlog.jobs) / crew.jobsPerMs;
	};
	return {
		expectMs,
		check(call, crew, backlog) {
			const waitMs = expectMs(crew, backlog);
			if (backlog.texts > 0 && backlog.texts + call.texts > of.maxTexts)
				throw new SluiceError("overloaded", {
					detail: `${backlog.texts} texts wait already, of at most ${of.maxTexts}; try again later`,
					retryAfterMs: Math.max(SHORTEST_RETRY_MS, waitMs / 2),
				});
			const spareMs = call.timeLeftMs * HEADROOM - crew.serviceMs - waitMs;
			if (waitMs === 0 || spareMs >= 0) return;
			throw new SluiceError("overloaded", {
				detail: "so much waits that there would be no verdict within the deadline; try again later",
				retryAfterMs: Math.max(SHORTEST_RETRY_MS, -spareMs),
			});
		},
	};
}
