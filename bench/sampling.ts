/**
 * Question: what does choosing a token cost, per token, beside a decode step of tens of milliseconds?
 * Command: npm run bench -- bench/sampling.ts [vocabulary]   (one thread; some seconds; writes nothing)
 * Rows are seeded: "peaked" has a model's few likely tokens, "flat" is what random weights give. Median and 10th percentile.
 */
import { parseSamplingOptions, type SamplingOptions, sampleToken } from "../src/engine/sampling.ts";
import { uniformAt } from "../src/engine/sampling-random.ts";
import { quantile } from "./load.ts";

const VOCABULARY = Number(process.argv[2] ?? 256_000);
const ROUNDS = 60;
const gaussian = (i: number): number =>
	Math.sqrt(-2 * Math.log(1 - uniformAt(1, 2 * i))) * Math.cos(2 * Math.PI * uniformAt(1, 2 * i + 1));
const noise = Float32Array.from({ length: VOCABULARY }, (_, i) => gaussian(i));
const rows: Readonly<Record<string, Float32Array>> = {
	flat: noise,
	peaked: noise.map((value, i) => 2 * value + (i % 4096 === 7 ? 14 - i / 16_384 : 0)),
};
const plans: Readonly<Record<string, SamplingOptions>> = {
	greedy: {},
	"temperature 0.7": { temperature: 0.7 },
	"top-k 64": { topK: 64 },
	"top-k 64, top-p 0.95": { topK: 64, topP: 0.95 },
	"top-p 0.95": { topP: 0.95 },
	"top-p 0.95, temperature 0.7": { topP: 0.95, temperature: 0.7 },
	"min-p 0.05": { minP: 0.05 },
	"top-k 10000": { topK: 10_000 },
	"top-k 64, penalty, 20 logprobs": { topK: 64, repetitionPenalty: 1.1, topLogprobs: 20 },
};
const history = Int32Array.from({ length: 1000 }, (_, i) => (i * 97) % VOCABULARY);

process.stdout.write(`vocabulary ${VOCABULARY}; microseconds per token\n`);
for (const [shape, row] of Object.entries(rows)) {
	for (const [name, options] of Object.entries(plans)) {
		const plan = parseSamplingOptions({ ...options, seed: 1 }, VOCABULARY);
		const micros = Array.from({ length: 2 * ROUNDS }, (_, index) => {
			const began = performance.now();
			sampleToken(row, plan, { index, history });
			return 1000 * (performance.now() - began);
		})
			.slice(ROUNDS)
			.sort((a, b) => a - b);
		const [p50, p10] = [0.5, 0.1].map((of) => quantile(micros, of).toFixed(0).padStart(6));
		process.stdout.write(`${shape.padEnd(7)} ${name.padEnd(32)} p50 ${p50}  p10 ${p10}\n`);
	}
}
