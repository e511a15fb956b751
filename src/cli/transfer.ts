/** How far a transfer of known size is, in words: bar, sizes, rate, time left. Knows neither network nor terminal. */
import { formatBytes } from "../weights/byte-count.ts";

const BAR_CELLS = 20;
/** The rate is that of the last seconds: a resumed or throttled transfer is soon told as it is. */
const WINDOW_MS = 10_000;
const SAMPLE_MS = 250;
const SHORTEST_MS = 1000;

/** A transfer at one moment. */
export interface Transfer {
	readonly bytes: number;
	readonly totalBytes: number;
	/** Undefined while it is too early to tell. */
	readonly bytesPerSecond: number | undefined;
}

/** "[====>               ] 1.2 GB of 5.2 GB, 12.3 MB/s, 5 min left". */
export function formatTransfer({ bytes, totalBytes, bytesPerSecond }: Transfer): string {
	const cells = totalBytes === 0 ? BAR_CELLS : Math.floor((bytes / totalBytes) * BAR_CELLS);
	const bar = `${"=".repeat(cells)}${cells < BAR_CELLS ? ">" : ""}`.padEnd(BAR_CELLS);
	const sizes = `[${bar}] ${formatBytes(bytes)} of ${formatBytes(totalBytes)}`;
	return bytesPerSecond === undefined ? sizes : `${sizes}, ${formatPace(totalBytes - bytes, bytesPerSecond)}`;
}

/** "12.3 MB/s, 3 min left"; without a time where nothing moves. */
export function formatPace(bytesLeft: number, bytesPerSecond: number): string {
	const rate = `${formatBytes(bytesPerSecond)}/s`;
	return bytesPerSecond > 0 ? `${rate}, ${formatDuration(bytesLeft / bytesPerSecond)} left` : rate;
}

/** "45 s", "3 min", "2 h 5 min". */
export function formatDuration(seconds: number): string {
	if (seconds < 59.5) return `${Math.ceil(seconds)} s`;
	const minutes = Math.round(seconds / 60);
	return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Takes how many bytes are there, again and again; gives bytes per second over the last ten seconds. */
export function createRateMeter(now: () => number = () => performance.now()): (bytes: number) => number | undefined {
	let samples: { ms: number; bytes: number }[] = [];
	return (bytes) => {
		const ms = now();
		const last = samples.at(-1);
		// Bytes thrown away to be fetched anew say nothing about the rate.
		if (last !== undefined && bytes < last.bytes) samples = [];
		if (samples.length === 0 || ms - samples.at(-1)!.ms >= SAMPLE_MS) samples.push({ ms, bytes });
		while (samples.length > 1 && ms - samples[1]!.ms >= WINDOW_MS) samples.shift();
		const [first] = samples;
		return ms - first!.ms < SHORTEST_MS ? undefined : (bytes - first!.bytes) / ((ms - first!.ms) / 1000);
	};
}
