/** Times counted in buckets whose bounds grow by a twentieth: any number of them takes the same memory. */
import type { HoldTimes } from "./events.ts";

/** See the header. */
export interface HoldTimesCounter {
	add(ms: number): void;
	times(): HoldTimes;
}

const GROWTH = Math.log(1.05);
const LEAST_MS = 0.01;
/** The last bucket begins at some 6 hours. */
const BUCKETS = 440;

/** Nothing counted yet. */
export function createHoldTimes(): HoldTimesCounter {
	const counts = new Uint32Array(BUCKETS);
	let [count, sum, max] = [0, 0, 0];
	const quantile = (share: number): number => {
		let left = Math.ceil(count * share);
		for (let i = 0; i < BUCKETS; i++) {
			left -= counts[i]!;
			if (left <= 0) return Math.min(max, i === 0 ? LEAST_MS : LEAST_MS * Math.exp(GROWTH * (i + 0.5)));
		}
		return max;
	};
	return {
		add(ms) {
			const bucket = ms <= LEAST_MS ? 0 : Math.min(BUCKETS - 1, Math.floor(Math.log(ms / LEAST_MS) / GROWTH));
			counts[bucket]!++;
			count++;
			sum += ms;
			max = Math.max(max, ms);
		},
		times: () =>
			count === 0
				? { count, mean: 0, p50: 0, p99: 0, max }
				: { count, mean: sum / count, p50: quantile(0.5), p99: quantile(0.99), max },
	};
}
