/** What every adapter of the guard promises, over scripted streams cut at random, in every mode. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { GuardMode, GuardReport } from "../../src/guard/index.ts";
import type { AdapterOptions } from "../../src/guard/parts/adapter-options.ts";
import { createScriptedScorer, riskOfWords, toPolicy } from "../guard/scripted-scorer.ts";
import { type CountedSource, createRandom, toDeltas, toSource } from "../guard/streams.ts";

/** An adapter between a scripted model and a reader. */
export interface AdapterUnderTest {
	readonly name: string;
	/** What the reader gets, piece by piece; throws what the reader is told of a failure. */
	read(source: AsyncIterable<string>, options: AdapterOptions): AsyncIterable<string>;
	/** Whether the answer comes as a whole, so that there is nothing to abort. */
	readonly isWhole?: boolean;
	/** Whether a stopped answer has nothing of it, its judged begin included. */
	readonly isAllOrNothing?: boolean;
	readonly scripts?: number;
}

const WORDS = "calm words about the weather, a meeting 😀 and 你好。再见 rising falling I am here\n".split(" ");
const MODES: readonly GuardMode[] = ["hold", "lag", "final"];
const BAD = "bad words that nobody should see";
const policies = [toPolicy("p")];

interface Script {
	readonly text: string;
	readonly badFrom: number | undefined;
}

/** Generations: some harmless, most turn bad at a known word, some end inside a word, in a surrogate pair's neighbourhood, or are empty. */
function* createScripts(random: () => number, count: number): Generator<Script> {
	const fixed = ["", "😀", "wor", "one 👩‍👩‍👧 two😀", "😀".repeat(40), " ", "a\r\n\r\nb\ndata: c"];
	for (const text of fixed) yield { text, badFrom: undefined };
	yield { text: BAD, badFrom: 0 };
	for (let n = fixed.length + 1; n < count; n++) {
		const words = Array.from({ length: Math.floor(random() * 30) }, () => WORDS[Math.floor(random() * WORDS.length)]!);
		if (n % 4 === 0) {
			yield { text: words.join(" "), badFrom: undefined };
			continue;
		}
		const before = words.map((word) => `${word} `).join("");
		yield { text: before + BAD, badFrom: before.length };
	}
}

async function gatherText(
	adapter: AdapterUnderTest,
	source: AsyncIterable<string>,
	options: AdapterOptions,
): Promise<string> {
	let text = "";
	for await (const piece of adapter.read(source, options)) text += piece;
	return text;
}

/** Registers the tests of one adapter. */
export function testGuardAdapter(adapter: AdapterUnderTest): void {
	for (const mode of MODES) testScripts(adapter, mode);
	testFailures(adapter);
	if (!adapter.isWhole) testAbort(adapter);
}

function testScripts(adapter: AdapterUnderTest, mode: GuardMode): void {
	test(`${adapter.name}, ${mode}: nothing judged bad leaves, harmless text leaves unchanged`, async () => {
		const random = createRandom(7);
		for (const { text, badFrom } of createScripts(random, adapter.scripts ?? 200)) {
			const scorer = createScriptedScorer(riskOfWords);
			const reports: GuardReport[] = [];
			const onReport = (report: GuardReport): void => void reports.push(report);
			const source = toSource([...toDeltas(text, random, 1 + Math.floor(random() * 12))]);
			const shown = await gatherText(adapter, source, { scorer, policies, mode, onReport });
			assert.equal(scorer.openStreams(), 0);
			if (badFrom === undefined) {
				assert.equal(shown, text);
				continue;
			}
			assert.ok(text.startsWith(shown), JSON.stringify([text, shown]));
			assert.ok(reports.some(({ action, reason }) => action === "block" && reason === "policy"));
			if (mode !== "lag" || adapter.isWhole) assert.ok(shown.length <= badFrom, JSON.stringify([text, shown]));
			if (mode === "final" || adapter.isAllOrNothing) assert.equal(shown, "");
			else if (mode === "hold") assert.ok(shown.length >= text.slice(0, badFrom).trimEnd().length - 60);
		}
	});
}

function testFailures(adapter: AdapterUnderTest): void {
	for (const mode of MODES)
		test(`${adapter.name}, ${mode}: where the scorer fails, nothing unjudged leaves`, async () => {
			const scorer = createScriptedScorer(riskOfWords);
			scorer.fail(new Error("secret detail"));
			const reports: GuardReport[] = [];
			const onReport = (report: GuardReport): void => void reports.push(report);
			const shown = await gatherText(adapter, toSource(["some ", "harmless ", "words"]), {
				scorer,
				policies,
				mode,
				onReport,
			});
			if (mode !== "lag" || adapter.isWhole) assert.equal(shown, "");
			assert.deepEqual([reports[0]?.action, reports[0]?.reason], ["block", "failure"]);
			assert.ok(!JSON.stringify(reports).includes("secret"));
		});

	test(`${adapter.name}: an error of the source arrives as an error, not as an end`, async () => {
		const source = async function* (): AsyncGenerator<string> {
			yield "one two ";
			yield "thr";
			throw new Error("the model broke off");
		};
		const options = { scorer: createScriptedScorer(riskOfWords), policies };
		let shown = "";
		const reading = async (): Promise<void> => {
			for await (const piece of adapter.read(source(), options)) shown += piece;
		};
		await assert.rejects(reading());
		assert.ok("one two thr".startsWith(shown));
		assert.equal(options.scorer.openStreams(), 0);
	});

	test(`${adapter.name}: what was stopped is followed by the refusal`, async () => {
		const options = { scorer: createScriptedScorer(riskOfWords), policies, refusal: "[stopped]" };
		const shown = await gatherText(adapter, toSource(["calm ", "and bad", " words"]), options);
		assert.equal(shown, adapter.isAllOrNothing ? "" : "calm and[stopped]");
	});
}

function testAbort(adapter: AdapterUnderTest): void {
	test(`${adapter.name}: a reader that leaves ends the source`, async () => {
		const endless = (function* (): Generator<string> {
			for (;;) yield "word ";
		})();
		const source: CountedSource = toSource(endless);
		const scorer = createScriptedScorer(riskOfWords);
		const told = Promise.withResolvers<GuardReport>();
		let shown = "";
		for await (const piece of adapter.read(source, { scorer, policies, onReport: told.resolve })) {
			shown += piece;
			if (shown.length > 40) break;
		}
		assert.equal((await told.promise).reason, "reader");
		while (!source.ended) await new Promise(setImmediate);
		assert.equal(scorer.openStreams(), 0);
	});

	test(`${adapter.name}: a stopped answer ends the source`, async () => {
		const endless = (function* (): Generator<string> {
			yield "calm bad ";
			for (;;) yield "word ";
		})();
		const source: CountedSource = toSource(endless);
		const shown = await gatherText(adapter, source, { scorer: createScriptedScorer(riskOfWords), policies });
		assert.equal(shown, "calm");
		while (!source.ended) await new Promise(setImmediate);
	});
}
