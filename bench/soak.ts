/**
 * Question: after a million requests, good and bad mixed, is every status an expected one, and are memory and descriptors flat?
 * Command: npm run bench -- bench/soak.ts [--count 1000000] [--seed 1]   (Linux; loopback only)
 * The whole gateway of bench/gateway/side.ts with keys and records of decisions, in a process of its own, over sockets: half of
 * the requests are right ones, half those of bench/fuzz/hostile-requests.ts. Resident memory and open descriptors of the server at every twentieth;
 * the first fifth counts as warming up. Writes bench/results/soak.json; ends with code 1 where a bound is missed.
 */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ROUTES } from "../src/http/routes/index.ts";
import { addToKeysFile, SCOPES } from "../src/keys/index.ts";
import { readMachine } from "./engine/machine.ts";
import { createRandom } from "./engine/random.ts";
import { isExpected } from "./fuzz/check-answers.ts";
import { createHostileRequests, type HostileRequest } from "./fuzz/hostile-requests.ts";
import { startServer } from "./server-process.ts";

const { values: given } = parseArgs({
	options: {
		count: { type: "string", default: "1000000" },
		seed: { type: "string", default: "1" },
		"in-flight": { type: "string", default: "16" },
		out: { type: "string", default: fileURLToPath(new URL("./results/soak.json", import.meta.url)) },
	},
});
const [count, seed, inFlight] = [Number(given.count), Number(given.seed), Number(given["in-flight"])];
const STEPS = 20;
const WARM_STEPS = 4;
const MOST_DRIFT = 0.03;

const shapes = ROUTES.map(({ config }) => ({ method: config.method, path: config.path }));
const hostile = createHostileRequests(seed, shapes);
const random = createRandom(seed);
const scratch = await mkdtemp(join(tmpdir(), "sluice-soak-"));
const keysFile = join(scratch, "keys.json");
const limits = { requestsPerMinute: 1e9, charactersPerMinute: 1e12 };
const made = { name: "soak", tenant: "soak", scopes: SCOPES, expiresMs: null, grant: {}, limits };
const { secret } = addToKeysFile(keysFile, made, Date.now());
const RIGHT = { method: "post", path: "/v1/moderations" };

/** A right request or a hostile one; those that no HTTP client can send are passed over. */
function next(): HostileRequest {
	if (random() < 0.5) {
		const body = JSON.stringify({
			input: `text ${Math.floor(random() * 1e6)} with some ${random() < 0.1 ? "bad" : "good"} words`,
		});
		return {
			method: "POST",
			target: RIGHT.path,
			headers: { "content-type": "application/json", authorization: `Bearer ${secret}` },
			body,
			route: RIGHT,
		};
	}
	for (;;) {
		const made = hostile();
		if (!("content-length" in made.headers) && !("transfer-encoding" in made.headers) && !("expect" in made.headers))
			return made;
	}
}

/** The status; 0 where the server closed the connection without one. */
function send(agent: Agent, port: number, { method, target, headers, body }: HostileRequest): Promise<number> {
	return new Promise((resolve) => {
		const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
		const call = request(
			{ host: "127.0.0.1", port, path: target, method, agent, headers: { ...headers, ...length } },
			(answer) => {
				answer.resume();
				answer.once("close", () => resolve(answer.complete ? answer.statusCode! : 0));
			},
		);
		call.once("error", () => resolve(0));
		call.end(body);
	});
}

const env = { SLUICE_KEYS_FILE: keysFile, SLUICE_AUDIT_DIR: join(scratch, "audit"), SLUICE_AUDIT_KEEP_DAYS: "1" };
const server = await startServer([fileURLToPath(new URL("./gateway/side.ts", import.meta.url)), "gateway"], env);
const statuses: Record<string, number> = {};
const samples: { sent: number; residentMb: number; descriptors: number }[] = [];
const began = performance.now();
try {
	const agent = new Agent({ keepAlive: true, maxSockets: inFlight });
	for (let step = 1; step <= STEPS; step++) {
		let left = Math.ceil(count / STEPS);
		const lane = async (): Promise<void> => {
			while (left-- > 0) {
				const made = next();
				const status = await send(agent, server.port, made);
				const name = isExpected(status, made.headers) ? String(status) : `unexpected ${status}`;
				statuses[name] = (statuses[name] ?? 0) + 1;
				if (name.startsWith("unexpected"))
					console.error(name, made.method, made.target, JSON.stringify(made.headers).slice(0, 300));
			}
		};
		await Promise.all(Array.from({ length: inFlight }, lane));
		const descriptors = (await readdir(`/proc/${server.pid}/fd`)).length;
		samples.push({ sent: (step * count) / STEPS, residentMb: Math.round(await server.residentMb()), descriptors });
		console.error(JSON.stringify(samples.at(-1)));
	}
	agent.destroy();
} finally {
	await server.stop();
	await rm(scratch, { recursive: true });
}
const warm = samples.slice(WARM_STEPS);
const resident = warm.map(({ residentMb }) => residentMb);
const drift = (Math.max(...resident) - Math.min(...resident)) / Math.min(...resident);
const descriptors = warm.map((sample) => sample.descriptors);
const result = {
	machine: await readMachine(),
	run: { count, seed, inFlight, seconds: Math.round((performance.now() - began) / 1000) },
	statuses,
	residentDrift: Number(drift.toFixed(4)),
	descriptors: [Math.min(...descriptors), Math.max(...descriptors)],
	samples,
};
await writeFile(given.out, `${JSON.stringify(result, null, "\t")}\n`);
console.table(statuses);
console.log(
	`resident memory after warming up: ${(100 * drift).toFixed(1)} % between lowest and highest; descriptors ${result.descriptors}`,
);
const isFlat = drift <= 2 * MOST_DRIFT && Math.max(...descriptors) - Math.min(...descriptors) <= inFlight;
process.exitCode = isFlat && !Object.keys(statuses).some((name) => name.startsWith("unexpected")) ? 0 : 1;
