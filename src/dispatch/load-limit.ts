/**
 * Refuses calls that would wait longer than they have time, before they are queued: texts in the queue over the texts that
 * the workers judge per millisecond. What other gateways have in the queue is asked of it now and then; what this one has is
 * known.
 */
import { SluiceError } from "../errors.ts";
import type { Crew } from "./fleet.ts";

/** How old a count of the queue may be, ms. */
const COUNT_AGE_MS = 100;
/** Part of a call's time that it may be expected to take; estimates are only that. */
const HEADROOM = 0.75;
/** Of workers that have judged nothing yet. */
const GUESS = { textsPerMsAndSlot: 0.05, textsPerJob: 8 };
const SHORTEST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 10_000;

/** What this gateway has on its way. */
export interface Backlog {
	/** Jobs in the queue or being judged. */
	readonly jobs: number;
	/** Texts, those that are in no job yet included. */
	readonly texts: number;
}

/** What decides whether a call is let in. */
export interface LoadLimit {
	/** Throws `overloaded` with the time after which it makes sense to come back. */
	check(call: { texts: number; timeLeftMs: number }, crew: Crew, backlog: Backlog): void;
	/** How long the texts take that are on their way now, everybody's, ms. */
	expectMs(crew: Crew, backlog: Backlog): number;
}

/** What a limit needs. */
export interface LoadLimitParts {
	/** Most texts on their way. */
	readonly maxTexts: number;
	/** Jobs of a crew's queue, waiting and being judged; may fail. */
	countJobs(crew: Crew): Promise<number>;
}

/** Nothing is known of the queue yet. */
export function createLoadLimit(of: LoadLimitParts): LoadLimit {
	let countedMs = Number.NEGATIVE_INFINITY;
	let counting = false;
	let foreignJobs = 0;
	const recount = async (crew: Crew, own: number): Promise<void> => {
		counting = true;
		try {
			foreignJobs = Math.max(0, (await of.countJobs(crew)) - own);
		} catch {
			foreignJobs = 0; // whoever adds to the queue now hears that it is away
		}
		counting = false;
		countedMs = performance.now();
	};
	const expectMs = (crew: Crew, backlog: Backlog): number => {
		if (!counting && performance.now() - countedMs > COUNT_AGE_MS) void recount(crew, backlog.jobs);
		const { textsPerJob = GUESS.textsPerJob } = crew;
		return (foreignJobs * textsPerJob + backlog.texts) / rateOf(crew);
	};
	return {
		expectMs,
		check(call, crew, backlog) {
			const waitMs = expectMs(crew, backlog);
			if (backlog.texts > 0 && backlog.texts + call.texts > of.maxTexts)
				throw new SluiceError("overloaded", {
					detail: `${backlog.texts} texts wait already, of at most ${of.maxTexts}; try again later`,
					retryAfterMs: toRetryMs(waitMs / 2),
				});
			if (waitMs === 0) return; // whether a call alone is too large, its deadline shows
			const overMs = waitMs + call.texts / rateOf(crew) - call.timeLeftMs * HEADROOM;
			if (overMs <= 0) return;
			throw new SluiceError("overloaded", {
				detail: "so much waits that there would be no verdict within the deadline; try again later",
				retryAfterMs: toRetryMs(overMs),
			});
		},
	};
}

function rateOf({ textsPerMs, slots }: Crew): number {
	return textsPerMs ?? slots * GUESS.textsPerMsAndSlot;
}

function toRetryMs(ms: number): number {
	return Math.min(LONGEST_RETRY_MS, Math.max(SHORTEST_RETRY_MS, ms));
}
