/**
 * How much a worker judges while it has something to do: texts over busy time, however many jobs run at once. Old times count
 * less and less.
 */

/** Busy time after which a measurement counts half, ms. */
const HALF_LIFE_MS = 5000;
/** Weight of the newest job in the mean size of one. */
const NEWEST = 0.1;

/** A worker's rate. */
export interface Throughput {
	/** A job of so many texts begins; the function it gives ends it. */
	begin(texts: number): () => void;
	/** So many texts of a job are judged. */
	judged(texts: number): void;
	/** Unknown before the first text is judged. */
	rate(): { readonly textsPerMs?: number; readonly textsPerJob?: number };
}

/** Nothing is known yet. `nowMs` is a monotonic clock. */
export function createThroughput(nowMs: () => number = () => performance.now()): Throughput {
	let running = 0;
	let countedMs = 0;
	let busyMs = 0;
	let done = 0;
	let textsPerJob: number | undefined;
	const count = (): void => {
		const now = nowMs();
		if (running > 0) {
			const ms = now - countedMs;
			const kept = 0.5 ** (ms / HALF_LIFE_MS);
			busyMs = busyMs * kept + ms;
			done *= kept;
		}
		countedMs = now;
	};
	return {
		begin(texts) {
			count();
			running++;
			textsPerJob = textsPerJob === undefined ? texts : textsPerJob + NEWEST * (texts - textsPerJob);
			return () => {
				count();
				running--;
			};
		},
		judged(texts) {
			count();
			done += texts;
		},
		rate() {
			count();
			if (textsPerJob === undefined || done === 0 || busyMs === 0) return {};
			return { textsPerMs: done / busyMs, textsPerJob };
		},
	};
}
