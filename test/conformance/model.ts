/**
 * What every open model promises, whatever its architecture: the numbers of a token depend on the tokens before it and on
 * nothing else: not on how they were cut, who shares the run, or where the session came from.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { GenerateOptions, Model, Session } from "../../src/engine/index.ts";
import { randomIds } from "./architecture.ts";
import { maxDifference } from "./golden.ts";

/** A model to test; `open` may be called more than once. */
export interface ModelSubject {
	readonly name: string;
	open(): Promise<Model>;
	/** Largest difference allowed between two ways to the same numbers. */
	readonly tolerance: number;
}

/** Beyond a window of 8 tokens and the slack of its ring. */
const LONG = 300;

/** Declares the tests of one subject. */
export function testModel({ name, open, tolerance }: ModelSubject): void {
	const check = (what: string, work: (model: Model) => Promise<void>): void => {
		test(`${name}: ${what}`, async () => {
			const model = await open();
			try {
				await work(model);
				assert.equal(model.stats().sessions, 0, "sessions left open");
			} finally {
				await model.close();
			}
		});
	};
	const same = (actual: ArrayLike<number>, expected: ArrayLike<number>, what: string): void => {
		const difference = maxDifference(actual, expected);
		assert.ok(difference <= tolerance, `${what}: differs by ${difference}`);
	};
	const lastOf = async (model: Model, ids: readonly number[]): Promise<Float32Array> =>
		(await model.forward(ids)).logits.slice(-model.vocabSize);
	const next = async (session: Session, ids: readonly number[]): Promise<Float32Array> =>
		(await session.append(ids, { logits: "last" })).logits!;

	check("parts and single tokens equal one prefill, beyond every window", async (model) => {
		const ids = randomIds(LONG, model.vocabSize, 1);
		const whole = (await model.forward(ids)).logits;
		for (const sizes of [[1], [7], [64, 1, 130, 2]]) {
			const session = await model.session();
			for (let at = 0, turn = 0; at < LONG; turn++) {
				const part = ids.slice(at, at + sizes[turn % sizes.length]!);
				const { logits } = await session.append(part);
				same(logits!, whole.subarray(at * model.vocabSize, (at + part.length) * model.vocabSize), `token ${at}`);
				at += part.length;
			}
			await session.close();
		}
	});

	check("texts and sessions that share runs equal those alone", async (model) => {
		const texts = [3, 40, 1, 17, 150, 9, 80, 2, 5, 33].map((n, i) => randomIds(n, model.vocabSize, i + 2));
		const alone: Float32Array[] = [];
		for (const ids of texts) alone.push((await model.forward(ids)).logits);
		const together = await Promise.all([
			...texts.map(async (ids) => (await model.forward(ids)).logits),
			...texts.map(async (ids) => {
				const session = await model.session();
				const parts: number[] = [];
				for (let at = 0; at < ids.length; at += 11) {
					parts.push(...(await session.append(ids.slice(at, at + 11))).logits!);
				}
				await session.close();
				return parts;
			}),
		]);
		for (const [i, logits] of together.entries()) same(logits, alone[i % texts.length]!, `text ${i}`);
	});

	check("forks go on independently, also of forks and of full windows", async (model) => {
		for (const length of [5, LONG]) {
			const ids = randomIds(length, model.vocabSize, 20);
			const tails = [21, 22, 23].map((seed) => randomIds(6, model.vocabSize, seed));
			const session = await model.session();
			await session.append(ids, { logits: "none" });
			const fork = await session.fork();
			const other = await fork.fork();
			const sessions = [session, fork, other];
			for (const step of [0, 3]) {
				for (const [i, each] of sessions.entries()) {
					const tail = tails[i]!.slice(0, step + 3);
					same(await next(each, tail.slice(step)), await lastOf(model, [...ids, ...tail]), `fork ${i}`);
				}
			}
			for (const each of sessions) await each.close();
		}
	});

	check("a rollback forgets as if never read, however far", async (model) => {
		const ids = randomIds(LONG, model.vocabSize, 30);
		const session = await model.session({ checkpoints: 2 });
		await session.append(ids.slice(0, -2), { logits: "none" });
		await session.append(ids.slice(-2), { logits: "none" });
		const tail = randomIds(4, model.vocabSize, 31);
		for (const kept of [LONG - 1, LONG - 2, LONG - 40, 9, 0]) {
			await session.rollback(session.length - kept);
			assert.equal(session.length, kept);
			same(await next(session, tail), await lastOf(model, [...ids.slice(0, kept), ...tail]), `back to ${kept}`);
			await session.rollback(tail.length);
		}
		await assert.rejects(session.rollback(1), { code: "invalid_request" });
		await session.close();
	});

	check("a saved session goes on where it was, here and in another instance", async (model) => {
		const other = await open();
		for (const length of [0, 6, LONG]) {
			const ids = randomIds(length, model.vocabSize, 40);
			const session = await model.session();
			if (length > 0) await session.append(ids, { logits: "none" });
			const bytes = await session.serialize();
			const tail = randomIds(5, model.vocabSize, 41);
			const expected = await next(session, tail);
			for (const target of [model, other]) {
				const restored = await target.restore(bytes);
				assert.equal(restored.length, length);
				same(await next(restored, tail), expected, `${length} tokens`);
				await restored.close();
			}
			await session.close();
			const damaged = bytes.slice();
			damaged[damaged.length - 40]! ^= 1;
			await assert.rejects(model.restore(damaged), { code: "invalid_request" });
		}
		await other.close();
	});

	check("scores are the logits of the entries asked for, and leave a session as it was", async (model) => {
		const ids = randomIds(50, model.vocabSize, 50);
		const entries = [7, 0, model.vocabSize - 1];
		const expected = await lastOf(model, ids);
		const chosen = entries.map((entry) => expected[entry]!);
		same(await model.score(ids, entries), chosen, "a text");
		const session = await model.session();
		await session.append(ids.slice(0, 30), { logits: "none" });
		const suffixes = Array.from({ length: 12 }, (_, i) => randomIds(3 + i, model.vocabSize, 51 + i));
		const scores = await Promise.all(suffixes.map((suffix) => session.score(suffix, entries)));
		for (const [i, suffix] of suffixes.entries()) {
			const last = await lastOf(model, [...ids.slice(0, 30), ...suffix]);
			same(
				scores[i]!,
				entries.map((entry) => last[entry]!),
				`suffix ${i}`,
			);
		}
		same(await session.score(ids.slice(30), entries), chosen, "after the suffixes");
		assert.equal(session.length, 30);
		await session.close();
	});

	const generate = async (model: Model, ids: readonly number[], options: GenerateOptions): Promise<number[]> => {
		const drawn: number[] = [];
		for await (const { id } of model.generate(ids, options)) drawn.push(id);
		return drawn;
	};

	check("streams that generate together draw what they draw alone", async (model) => {
		const options = (seed: number): GenerateOptions => ({ maxTokens: 20, temperature: 1, topK: 30, seed });
		const prompts = Array.from({ length: 9 }, (_, i) => randomIds(2 + 9 * i, model.vocabSize, 60 + i));
		const alone: number[][] = [];
		for (const [i, prompt] of prompts.entries()) alone.push(await generate(model, prompt, options(i)));
		const together = await Promise.all(prompts.map((prompt, i) => generate(model, prompt, options(i))));
		assert.deepEqual(together, alone);
	});

	check(
		"generation ends as asked: stop tokens, length, a full session, a reader that leaves, an abort",
		async (model) => {
			const prompt = randomIds(4, model.vocabSize, 70);
			const drawn = await generate(model, prompt, { maxTokens: 12 });
			assert.equal(drawn.length, 12);
			const stop = drawn[5]!;
			const stopped = model.generate(prompt, { maxTokens: 12, stopTokens: [stop] });
			const before: number[] = [];
			for await (const { id } of stopped) before.push(id);
			assert.deepEqual(before, drawn.slice(0, drawn.indexOf(stop)));
			assert.equal((await stopped.finished).reason, "stop");
			const session = await model.session({ maxTokens: 7 });
			const full = session.generate(prompt, { maxTokens: 12 });
			for await (const _ of full);
			assert.deepEqual([(await full.finished).reason, session.length], ["context", 7]);
			await session.close();
			for await (const { index } of model.generate(prompt, { maxTokens: 100 })) if (index === 2) break;
			const abort = new AbortController();
			const aborted = generate(model, prompt, { maxTokens: 100, signal: abort.signal });
			abort.abort();
			await assert.rejects(aborted, { code: "aborted" });
		},
	);

	check("a drawn token comes with its log-probability and the state it was drawn from", async (model) => {
		const prompt = randomIds(6, model.vocabSize, 80);
		const ids = [...prompt];
		const layer = model.layers;
		for await (const token of model.generate(prompt, { maxTokens: 5, hiddenLayer: layer, topLogprobs: 3 })) {
			const { logits, hidden } = await model.forward(ids, { hidden: true });
			const last = logits.subarray(-model.vocabSize);
			const mass = Math.log(last.reduce((sum, z) => sum + Math.exp(z), 0));
			same([token.logprob], [last[token.id]! - mass], "log-probability");
			assert.equal(token.top[0]!.id, token.id, "greedy draws the likeliest");
			same(token.hidden!, hidden![layer]!.subarray(-model.hiddenSize), "hidden state");
			ids.push(token.id);
		}
	});

	check("a session's memory stays below what was said before it was opened", async (model) => {
		const session = await model.session();
		const ids = randomIds(LONG, model.vocabSize, 90);
		for (let at = 0; at < LONG; at += 30) {
			await session.append(ids.slice(at, at + 30), { logits: "none" });
			assert.ok(session.stateBytes <= model.sessionBytes(session.length), `${session.length} tokens`);
		}
		await session.close();
	});
}
