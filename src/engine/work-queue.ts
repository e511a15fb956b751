/**
 * What waits for an inference thread: higher priority first, then first come. Gives a free thread either one piece of work
 * or several short texts of similar length, which the thread runs as one batch. Knows no promises and no threads.
 */

/** A piece of work; its fields must not change while it waits. */
export interface Work {
	/** Higher first. */
	readonly priority: number;
	/** Tokens of a text that may share a batch; undefined for work that runs alone. */
	readonly batchTokens: number | undefined;
	/** Only work of one group shares a batch. */
	readonly batchGroup: string;
}

/** How large a batch may be. */
export interface BatchLimits {
	readonly rows: number;
	/** Rows times the longest row, or the sum of all rows where they are ragged. */
	readonly tokens: number;
	/** Whether rows of different lengths need no padding. */
	readonly ragged: boolean;
}

/** The queue; adding work again puts it behind what waits with the same priority. */
export interface WorkQueue<W extends Work> {
	readonly size: number;
	add(work: W): void;
	/** False where it was not waiting. */
	remove(work: W): boolean;
	/** Removes and returns the first work that `fits`, with what goes into the same batch; empty where none fits. */
	take(fits: (work: W) => boolean, limits: BatchLimits): W[];
}

/** Rows of a batch differ in length by at most this: beyond it padding costs more than a run of its own. */
const MOST_PADDING_TOKENS = 8;

/** An empty queue. */
export function createWorkQueue<W extends Work>(): WorkQueue<W> {
	let waiting: W[] = [];
	const placeOf = (priority: number): number => {
		let low = 0;
		let high = waiting.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if (waiting[middle]!.priority >= priority) low = middle + 1;
			else high = middle;
		}
		return low;
	};
	return {
		get size() {
			return waiting.length;
		},
		add(work) {
			waiting.splice(placeOf(work.priority), 0, work);
		},
		remove(work) {
			const at = waiting.indexOf(work);
			if (at >= 0) waiting.splice(at, 1);
			return at >= 0;
		},
		take(fits, limits) {
			const at = waiting.findIndex(fits);
			if (at < 0) return [];
			const first = waiting[at]!;
			if (first.batchTokens === undefined) return waiting.splice(at, 1);
			const batch = collectBatch(waiting, at, { fits, limits });
			if (batch.size === 1) return waiting.splice(at, 1);
			waiting = waiting.filter((work) => !batch.has(work));
			return [...batch];
		},
	};
}

/** From `at` on, the texts of the same priority that fit, by themselves and in a batch with the one there. */
function collectBatch<W extends Work>(
	waiting: readonly W[],
	at: number,
	{ fits, limits }: { fits: (work: W) => boolean; limits: BatchLimits },
): Set<W> {
	const first = waiting[at]!;
	const batch = new Set([first]);
	let shortest = first.batchTokens!;
	let longest = shortest;
	let total = shortest;
	for (let i = at + 1; waiting[i]?.priority === first.priority && batch.size < limits.rows; i++) {
		const tokens = waiting[i]!.batchTokens;
		if (tokens === undefined || waiting[i]!.batchGroup !== first.batchGroup || !fits(waiting[i]!)) continue;
		const [low, high] = [Math.min(shortest, tokens), Math.max(longest, tokens)];
		if (!limits.ragged && high - low > MOST_PADDING_TOKENS) continue;
		if ((limits.ragged ? total + tokens : high * (batch.size + 1)) > limits.tokens) continue;
		batch.add(waiting[i]!);
		[shortest, longest, total] = [low, high, total + tokens];
	}
	return batch;
}
