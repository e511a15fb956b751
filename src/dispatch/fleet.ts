/**
 * Which workers are there, as a gateway hears them, and which of them judge its requests: those with its policies, all on one
 * model. It stays with a model as long as somebody has it, so that no answer mixes two.
 */
import type { Log } from "../log.ts";
import type { ModelIdentity } from "../types.ts";
import { toScoreQueue } from "./judge-set.ts";
import type { WorkerNotice } from "./messages.ts";

/** How long a worker may be silent, ms. It speaks every second. */
export const SILENT_MS = 5000;
const CHOSEN_FOR_MS = 100;
/** Clocks that differ by more than this eat up deadlines. */
const MOST_SKEW_MS = 1000;

/** Workers that judge by the same. */
export interface Crew {
	/** Name of their queue. */
	readonly queue: string;
	readonly model: ModelIdentity;
	/** Longest content that all of them take. */
	readonly maxCharacters: number;
	/** Jobs they judge at once. */
	readonly slots: number;
	/** Texts they judge per millisecond together, and in one job; undefined while that is unknown. */
	readonly textsPerMs: number | undefined;
	readonly textsPerJob: number | undefined;
}

/** The workers of a deployment. */
export interface Fleet {
	hear(notice: WorkerNotice): void;
	/** Those that judge now; undefined where nobody can. */
	crew(): Crew | undefined;
	/** The last ones there were. */
	lastCrew(): Crew | undefined;
	isAlive(worker: string): boolean;
	/** Why nobody judges, and what to do; undefined where somebody does. */
	hindrance(): string | undefined;
}

interface Known extends WorkerNotice {
	readonly heardMs: number;
	readonly queue: string;
}

/** Nobody is there yet. `nowMs` is a monotonic clock. */
export function createFleet(of: { policies: string; log: Log; nowMs?: () => number }): Fleet {
	const nowMs = of.nowMs ?? (() => performance.now());
	const workers = new Map<string, Known>();
	const told = new Set<string>();
	let last: Crew | undefined;
	let chosenCrew: Crew | undefined;
	let chosenMs: number | undefined;

	const warnOnce = (key: string, fields: Record<string, string | number>, message: string): void => {
		if (told.has(key)) return;
		if (told.size > 1000) told.clear(); // workers come and go
		told.add(key);
		of.log.warn(fields, message);
	};
	const living = (): Known[] => {
		const since = nowMs() - SILENT_MS;
		for (const [id, { heardMs }] of workers) if (heardMs < since) workers.delete(id);
		return [...workers.values()];
	};
	const choose = (): Crew | undefined => {
		const able = Map.groupBy(
			living().filter((worker) => worker.policies === of.policies && !worker.leaving),
			(worker) => worker.queue,
		);
		const stay = last === undefined ? undefined : able.get(last.queue);
		const [largest] = [...able].sort(([a, of], [b, or]) => slotsOf(or) - slotsOf(of) || (a < b ? -1 : 1));
		const chosen = stay ?? largest?.[1];
		if (chosen === undefined) return undefined;
		last = toCrew(chosen);
		return last;
	};
	// asked for with every call, and known anew when somebody spoke or may have been silent for too long
	const crew = (): Crew | undefined => {
		const now = nowMs();
		if (chosenMs !== undefined && now - chosenMs < CHOSEN_FOR_MS) return chosenCrew;
		chosenCrew = choose();
		chosenMs = now;
		return chosenCrew;
	};
	return {
		hear(notice) {
			chosenMs = undefined;
			workers.set(notice.id, { ...notice, heardMs: nowMs(), queue: toScoreQueue(notice.policies, notice.model) });
			if (notice.policies !== of.policies)
				warnOnce(
					`policies ${notice.id}`,
					{ worker: notice.id, its_policies: notice.policies, policies: of.policies },
					"a worker has other policies than this gateway and gets none of its requests; give both the same SLUICE_POLICIES",
				);
			const skewMs = Math.round(notice.now - Date.now());
			if (Math.abs(skewMs) > MOST_SKEW_MS)
				warnOnce(
					`clock ${notice.id}`,
					{ worker: notice.id, skew_ms: skewMs },
					"a worker's clock differs from this one's, so deadlines come too early or too late there; set both by NTP",
				);
		},
		crew,
		lastCrew: () => last,
		isAlive: (worker) => living().some(({ id }) => id === worker),
		hindrance() {
			if (crew() !== undefined) return undefined;
			if (living().every(({ leaving }) => leaving))
				return "no worker is there to judge texts: start one with `sluice worker --redis URL` on the same Redis";
			return (
				"the workers that are there have other policies than this gateway: " +
				"give `sluice worker` and `sluice gateway` the same SLUICE_POLICIES, and restart"
			);
		},
	};
}

function slotsOf(workers: readonly WorkerNotice[]): number {
	return workers.reduce((sum, { slots }) => sum + slots, 0);
}

function toCrew(workers: readonly Known[]): Crew {
	const { queue, model } = workers[0]!;
	const timed = workers.filter(({ textsPerMs, textsPerJob }) => textsPerMs !== undefined && textsPerJob !== undefined);
	const sum = (of: (worker: Known) => number): number => timed.reduce((total, worker) => total + of(worker), 0);
	// a worker that has judged nothing yet is taken to be like the others
	const slots = slotsOf(workers);
	const share = timed.length === 0 ? 0 : slots / slotsOf(timed);
	return {
		queue,
		model,
		slots,
		maxCharacters: Math.min(...workers.map(({ maxCharacters }) => maxCharacters)),
		textsPerMs: timed.length === 0 ? undefined : sum(({ textsPerMs }) => textsPerMs!) * share,
		textsPerJob: timed.length === 0 ? undefined : sum(({ textsPerJob }) => textsPerJob!) / timed.length,
	};
}
