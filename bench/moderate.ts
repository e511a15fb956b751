/**
 * Question: how fast does /v1/moderations answer, and what is gained over one session.run per request on the HTTP thread?
 * Command: npm run bench -- bench/moderate.ts [rounds]   (Linux; sends load to loopback only; writes bench/results/moderate.json)
 * Sides are interleaved round by round: sluice (q8), naive-f32 and naive-q8 (bench/naive-server.ts); medians of the rounds.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { convertModel } from "../src/convert/index.ts";
import { loadTokenizer } from "../src/tokenizer/index.ts";
import { normalizeText } from "../src/tokenizer/normalize.ts";
import { median, quantile, runLoad } from "./load.ts";
import type { Sample } from "./report.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

/** Flags of Node that `npm start` serves with. */
const { SERVE_FLAGS } = createRequire(import.meta.url)("../scripts/run.cjs") as { SERVE_FLAGS: readonly string[] };
const ROUNDS = Number(process.argv[2] ?? 5);
const LENGTHS = [16, 64, 256];
const IN_FLIGHT = [1, 32];
const root = fileURLToPath(new URL("..", import.meta.url));
const model = join(root, "models/sluice-guard");
const scratch = await mkdtemp(join(tmpdir(), "sluice-bench-"));

/** 40 different everyday texts of exactly `tokens` tokens each, seeded. */
async function textsOf(tokens: number): Promise<string[]> {
	const tokenizer = await loadTokenizer(join(model, "tokenizer.json"));
	const words =
		"the we you they meet garden river report plan train lunch price music city water team book paper house street".split(
			" ",
		);
	let seed = tokens;
	const next = (n: number): number => {
		seed = (seed * 1103515245 + 12345) & 0x7fffffff;
		return (seed >> 8) % n;
	};
	return Array.from({ length: 40 }, () => {
		let text = "";
		while (tokenizer.encode(normalizeText(text).text).ids.length < tokens - 1) text += ` ${words[next(words.length)]}`;
		return text.trim();
	});
}

async function sample(
	side: string,
	server: ServerProcess,
	load: { tokens: number; inFlight: number; bodies: string[] },
): Promise<Sample> {
	const requests = Math.ceil((load.inFlight === 1 ? 240 : 1200) / Math.max(1, load.tokens / 64));
	const of = { port: server.port, path: "/v1/moderations", bodies: load.bodies, inFlight: load.inFlight };
	await runLoad({ ...of, requests: Math.ceil(requests / 5) });
	await server.loopDelay();
	const before = await server.cpuMs();
	const { latenciesMs, perSecond } = await runLoad({ ...of, requests });
	return {
		side,
		tokens: load.tokens,
		inFlight: load.inFlight,
		p50Ms: quantile(latenciesMs, 0.5),
		p99Ms: quantile(latenciesMs, 0.99),
		perSecond,
		cpuMsPerText: ((await server.cpuMs()) - before) / requests,
		loopDelayP99Ms: (await server.loopDelay()).p99,
	};
}

function summarise(samples: readonly Sample[]): object[] {
	const keys = new Map(samples.map((s) => [`${s.side}/${s.tokens}/${s.inFlight}`, s]));
	return [...keys.values()].map(({ side, tokens, inFlight }) => {
		const own = samples.filter((s) => s.side === side && s.tokens === tokens && s.inFlight === inFlight);
		const middle = (field: keyof Sample): number => Number(median(own.map((s) => s[field] as number)).toFixed(3));
		const fields = ["p50Ms", "p99Ms", "perSecond", "cpuMsPerText", "loopDelayP99Ms"] as const;
		return { side, tokens, inFlight, ...Object.fromEntries(fields.map((f) => [f, middle(f)])) };
	});
}

async function startSides(): Promise<Record<string, ServerProcess>> {
	const cache = join(scratch, "cache");
	const gateway = [...SERVE_FLAGS, join(root, "src/cli/main.ts"), "serve"];
	const naive = join(root, "bench/naive-server.ts");
	const env = { SLUICE_CACHE_DIR: cache, SLUICE_LOG_LEVEL: "warn", UV_THREADPOOL_SIZE: "4" };
	for (const weights of ["f32", "q8"] as const) await convertModel(model, join(scratch, weights), { weights });
	await (await startServer(gateway, env)).stop(); // fills the conversion cache
	return {
		sluice: await startServer(gateway, env),
		"naive-f32": await startServer([naive, join(scratch, "f32")]),
		"naive-q8": await startServer([naive, join(scratch, "q8")]),
	};
}

const servers = await startSides();
const samples: Sample[] = [];
try {
	for (let round = 0; round < ROUNDS; round++)
		for (const tokens of LENGTHS) {
			const bodies = (await textsOf(tokens)).map((input) => JSON.stringify({ input }));
			for (const inFlight of IN_FLIGHT) {
				const order = Object.entries(servers);
				if (round % 2 === 1) order.reverse();
				for (const [side, server] of order) samples.push(await sample(side, server, { tokens, inFlight, bodies }));
			}
			process.stderr.write(`round ${round + 1} of ${ROUNDS}: ${tokens} tokens done\n`);
		}
	const sluice = servers.sluice!;
	const result = {
		machine: {
			cpu: cpus()[0]?.model,
			cores: cpus().length,
			memoryGb: Math.round(totalmem() / 2 ** 30),
			node: process.version,
		},
		rounds: ROUNDS,
		startMs: Math.round(sluice.startMs),
		residentMb: Math.round(await sluice.residentMb()),
		medians: summarise(samples),
		samples,
	};
	await mkdir(join(root, "bench/results"), { recursive: true });
	await writeFile(join(root, "bench/results/moderate.json"), `${JSON.stringify(result, null, "\t")}\n`);
	process.stdout.write(`${JSON.stringify({ ...result, samples: undefined }, null, "\t")}\n`);
	console.table(result.medians);
} finally {
	for (const server of Object.values(servers)) await server.stop();
	await rm(scratch, { recursive: true });
}
