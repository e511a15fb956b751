/** A closed-loop load generator for loopback: N requests in flight until a number of requests is done. */
import { Agent, request } from "node:http";

/** Latencies in milliseconds, ascending, and the rate over the whole run. */
export interface LoadResult {
	readonly latenciesMs: readonly number[];
	readonly perSecond: number;
}

/** Sends `bodies` round robin to `POST path`; any answer but 200 ends the run with an error. Loopback only. */
export async function runLoad(of: {
	port: number;
	path: string;
	bodies: readonly string[];
	inFlight: number;
	requests: number;
}): Promise<LoadResult> {
	const agent = new Agent({ keepAlive: true, maxSockets: of.inFlight });
	const latencies: number[] = [];
	let sent = 0;
	const began = performance.now();
	const lane = async (): Promise<void> => {
		while (sent < of.requests) {
			const body = of.bodies[sent++ % of.bodies.length]!;
			const start = performance.now();
			await post(agent, of.port, of.path, body);
			latencies.push(performance.now() - start);
		}
	};
	await Promise.all(Array.from({ length: of.inFlight }, lane));
	const seconds = (performance.now() - began) / 1000;
	agent.destroy();
	return { latenciesMs: latencies.sort((a, b) => a - b), perSecond: of.requests / seconds };
}

/** The value at share `q` (0..1) of ascending numbers. */
export function quantile(sorted: readonly number[], q: number): number {
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** The middle of any numbers. */
export function median(values: readonly number[]): number {
	return quantile(
		[...values].sort((a, b) => a - b),
		0.5,
	);
}

/** One request over a kept connection; rejects on any answer but 200. */
export function post(agent: Agent, port: number, path: string, body: string): Promise<void> {
	return new Promise((resolve, reject) => {
		const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
		const call = request({ host: "127.0.0.1", port, path, method: "POST", agent, headers }, (response) => {
			response.resume();
			response.once("end", () => {
				if (response.statusCode === 200) resolve();
				else reject(new Error(`${path} answered ${response.statusCode}`));
			});
		});
		call.once("error", reject);
		call.end(body);
	});
}
