/**
 * The bytes per second that `threads` threads together read from memory: each searches its 512 MiB, far beyond any cache,
 * for a byte that is not there. Node's search is libc's memchr, which compares whole vectors and waits for nothing else.
 * Command: GLIBC_TUNABLES=glibc.malloc.hugetlb=1 node bench/engine/memory-bandwidth.ts [THREADS=2] [RUNS=8]
 * Prints one JSON line. The setting asks for huge pages: with pages of 4 KB the same search reads half as fast.
 */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const BYTES = 512 << 20;
/** What a thread of this module is started with. */
const READER = "memory-bandwidth reader";

/** Fastest of `runs`: all threads start together, the last one's end counts. */
export async function measureBandwidth(threads: number, runs: number): Promise<number> {
	const workers = Array.from({ length: threads }, () => new Worker(new URL(import.meta.url), { workerData: READER }));
	await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("message", resolve))));
	let best = Number.POSITIVE_INFINITY;
	for (let run = 0; run < runs; run++) {
		const start = performance.now();
		const ends = workers.map((worker) => new Promise((resolve) => worker.once("message", resolve)));
		for (const worker of workers) worker.postMessage("read");
		await Promise.all(ends);
		best = Math.min(best, performance.now() - start);
	}
	await Promise.all(workers.map((worker) => worker.terminate()));
	return (threads * BYTES) / (best / 1000);
}

function readWhenAsked(port: NonNullable<typeof parentPort>): void {
	const bytes = Buffer.alloc(BYTES, 1);
	port.on("message", () => port.postMessage(bytes.indexOf(2)));
	port.postMessage("ready");
}

if (!isMainThread && parentPort !== null && workerData === READER) readWhenAsked(parentPort);
else if (import.meta.main) {
	const [threads = "2", runs = "8"] = process.argv.slice(2);
	const bytesPerSecond = await measureBandwidth(Number(threads), Number(runs));
	process.stdout.write(`${JSON.stringify({ bytesPerSecond })}\n`);
}
