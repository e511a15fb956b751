/**
 * Parity of open models with Google's own code on tiny models in genuine layout: every golden through the library's calls,
 * at once, in parts and token by token. Tolerances are about five times the largest difference between two references.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Model, openModel } from "../../src/engine/index.ts";
import { fixturePath, type GoldenSequence, maxDifference, readGolden } from "../conformance/golden.ts";

interface Tolerance {
	readonly logits: number;
	readonly hidden: number;
}

const TOLERANCES: Readonly<Record<string, Tolerance>> = {
	"gemma1-mqa": { logits: 5e-4, hidden: 3e-4 },
	"gemma1-mha": { logits: 5e-4, hidden: 3e-4 },
	gemma2: { logits: 2e-3, hidden: 8e-4 },
	"gemma2-27bstyle": { logits: 2e-3, hidden: 8e-4 },
	shieldgemma: { logits: 4e-3, hidden: 8e-4 },
	griffin: { logits: 5e-4, hidden: 3e-4 },
	hawk: { logits: 5e-4, hidden: 3e-4 },
	recurrentgemma: { logits: 8e-4, hidden: 3e-4 },
};
/** Relative RMS error of the logits on these random models, measured: at most 0.101 and 0.555; trained ones have structure. */
const QUANTIZED = { q8: 0.13, q4: 0.65 } as const;

const cacheDir = mkdtempSync(join(tmpdir(), "sluice-golden-"));
after(() => rmSync(cacheDir, { recursive: true }));
/** Closes the model whatever happens: an open one would keep a failed run from ending. */
async function withModel(
	name: string,
	weights: "f32" | "q8" | "q4",
	work: (model: Model) => Promise<void>,
): Promise<void> {
	const model = await openModel(fixturePath(name), { weights, cacheDir });
	try {
		await work(model);
	} finally {
		await model.close();
	}
}

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
	const difference = maxDifference(actual, expected);
	assert.ok(difference <= tolerance, `${what}: ${difference} > ${tolerance}`);
}

for (const [name, tolerance] of Object.entries(TOLERANCES)) {
	const golden = readGolden(name);
	const checkLogits = (sequence: GoldenSequence, logits: Float32Array, vocab: number, what: string): void =>
		assertClose(
			logits.subarray(sequence.logits_start * vocab),
			golden.read(sequence.logits),
			tolerance.logits,
			`${what}, ${sequence.tokens.length} tokens`,
		);

	test(`${name}: logits and hidden states after every layer are the reference's, texts side by side`, () =>
		withModel(name, "f32", async (model) => {
			await Promise.all(
				golden.sequences.map(async (sequence) => {
					const { logits, hidden } = await model.forward(sequence.tokens, { hidden: true });
					checkLogits(sequence, logits, model.vocabSize, "at once");
					assert.equal(hidden!.length, model.layers + 1);
					if (sequence.hidden === undefined) return;
					const states = golden.read(sequence.hidden);
					for (const [layer, state] of hidden!.entries()) {
						const expected = states.subarray(layer * state.length, (layer + 1) * state.length);
						assertClose(state, expected, tolerance.hidden, `hidden states after layer ${layer}`);
					}
				}),
			);
		}));

	test(`${name}: parts and single tokens on a session give the same`, () =>
		withModel(name, "f32", async (model) => {
			for (const size of [1, 7, 17]) {
				await Promise.all(
					golden.sequences.map(async (sequence) => {
						const session = await model.session({ maxTokens: 256 });
						const parts: Float32Array[] = [];
						for (let at = 0; at < sequence.tokens.length; at += size) {
							parts.push((await session.append(sequence.tokens.slice(at, at + size))).logits!);
						}
						await session.close();
						const logits = Float32Array.from(parts.flatMap((part) => [...part]));
						checkLogits(sequence, logits, model.vocabSize, `parts of ${size}`);
					}),
				);
			}
		}));

	test(`${name}: greedy generation continues every prompt as the reference does`, () =>
		withModel(name, "f32", async (model) => {
			await Promise.all(
				golden.greedy.map(async ({ prompt, continuation }) => {
					const ids: number[] = [];
					for await (const { id } of model.generate(prompt, { maxTokens: continuation.length })) ids.push(id);
					assert.deepEqual(ids, continuation);
				}),
			);
			assert.equal(model.stats().sessions, 0);
		}));

	test(`${name}: documents packed in one row do not see each other`, () =>
		withModel(name, "f32", async (model) => {
			const documents = golden.sequences.slice(1, 4).map(({ tokens }) => tokens);
			const positions = documents.flatMap((tokens) => tokens.map((_, position) => position));
			const { logits } = await model.forward(documents.flat(), { positions });
			let at = 0;
			for (const tokens of documents) {
				const end = at + tokens.length * model.vocabSize;
				assertClose(logits.subarray(at, end), (await model.forward(tokens)).logits, tolerance.logits, "a document");
				at = end;
			}
		}));

	for (const weights of ["q8", "q4"] as const) {
		test(`${name}: ${weights} stays within the stated share of the logits`, () =>
			withModel(name, weights, async (model) => {
				let error = 0;
				let power = 0;
				for (const sequence of golden.sequences) {
					const { logits } = await model.forward(sequence.tokens);
					const expected = golden.read(sequence.logits);
					const actual = logits.subarray(sequence.logits_start * model.vocabSize);
					for (const [i, value] of expected.entries()) {
						error += (actual[i]! - value) ** 2;
						power += value ** 2;
					}
				}
				const share = Math.sqrt(error / power);
				assert.ok(share > 0 && share < QUANTIZED[weights], `${share} of the logits' root mean square`);
			}));
	}
}

test("shieldgemma: the probability of Yes is the reference's, from two rows of the head", () =>
	withModel("shieldgemma", "f32", async (model) => {
		const { scoring } = readGolden("shieldgemma") as unknown as {
			scoring: { yes_token_id: number; no_token_id: number; cases: { tokens: number[]; p_yes: number }[] };
		};
		for (const { tokens, p_yes } of scoring.cases) {
			const [yes, no] = await model.score(tokens, [scoring.yes_token_id, scoring.no_token_id]);
			assertClose([1 / (1 + Math.exp(no! - yes!))], [p_yes], 2e-4, "P(Yes)");
		}
	}));
