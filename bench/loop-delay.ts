/**
 * Preloaded into a server under test: on SIGUSR2 writes one line with its event-loop delay since the last one to stderr.
 * Delay in milliseconds beyond the timer's own 1 ms resolution.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";

const histogram = monitorEventLoopDelay({ resolution: 1 });
histogram.enable();
process.on("SIGUSR2", () => {
	const ms = (percentile: number): number => Math.max(0, histogram.percentile(percentile) / 1e6 - 1);
	process.stderr.write(`loop-delay ${JSON.stringify({ p50: ms(50), p99: ms(99), max: histogram.max / 1e6 - 1 })}\n`);
	histogram.reset();
});
