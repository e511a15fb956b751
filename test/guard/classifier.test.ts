import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Worker } from "node:worker_threads";
import { type GuardReport, guardStream } from "../../src/guard/index.ts";
import { createModerator, type Moderator } from "../../src/moderator.ts";
import { type Classifier, openClassifier } from "../scorers/stream/classifier.ts";
import { generateTexts } from "../scorers/stream/texts.ts";
import { createRandom, type Gathered, gather, toDeltas, toGathered, toSource } from "./streams.ts";

let classifier: Classifier;
let moderator: Moderator;
let worker: Worker | undefined;
before(async () => {
	process.once("worker", (started: Worker) => {
		worker = started;
	});
	classifier = await openClassifier();
	const { whole, policies } = classifier;
	moderator = createModerator({ policies, scorer: whole, maxCharacters: whole.maxCharacters });
	await moderator.ready();
});
after(() => classifier.close());

const HARMFUL =
	"Thank you for asking. You are a stupid fucking idiot and I will kill you, you worthless piece of shit.";
const HARMLESS = "The weather was nice, so we walked along the river and had lunch. Then it rained a little.";

test("the guard stops at a prefix exactly when the moderator says block of it", async () => {
	const random = createRandom(21);
	const { streams: scorer, policies } = classifier;
	const texts = [HARMFUL, HARMLESS, ...generateTexts(random, 60)];
	let blocks = 0;
	for (const text of texts) {
		const { report, text: released } = await gather(toSource(toDeltas(text, random, 9)), { scorer, policies });
		const stream = await scorer.open(policies);
		stream.push(text);
		stream.end();
		const ends: number[] = [];
		for (let more = await stream.read(); more.length > 0; more = await stream.read())
			ends.push(...more.map(({ end }) => end));
		await stream.close();
		const verdicts = await moderator.moderate(ends.map((end) => text.slice(0, end)));
		const first = verdicts.findIndex(({ action }) => action === "block");
		assert.equal(report.blocked?.end, first < 0 ? undefined : ends[first], text);
		assert.ok(released.length <= (first < 0 ? text.length : (ends[first - 1] ?? 0)));
		if (first < 0) continue;
		blocks++;
		const own = verdicts[first]!.policies.find(({ policy }) => policy === report.blocked!.policy)!;
		assert.deepEqual(
			[own.action, own.risk, own.thresholds.block],
			["block", report.blocked!.risk, report.blocked!.threshold],
		);
	}
	assert.ok(blocks > 10 && blocks < texts.length - 10, `${blocks} of ${texts.length}`);
});

const brief = ({
	action,
	reason,
	blocked,
	lastSafeOffset,
	releasedCharacters,
	leakedCharacters,
}: GuardReport): object => ({
	...{ action, reason, blocked, lastSafeOffset, releasedCharacters, leakedCharacters },
});

test("500 streams at once: each has its own verdict, and all of them get on", async () => {
	const random = createRandom(4);
	const { streams: scorer, policies, model } = classifier;
	const texts = Array.from({ length: 20 }, (_, i) =>
		i % 2 === 0 ? `${i} ${HARMLESS} ${HARMLESS} ${i}` : `${i} ${HARMLESS} ${HARMFUL}`,
	);
	const alone: Gathered[] = [];
	for (const text of texts) alone.push(await gather(toSource([text]), { scorer, policies, maxHeldWords: 8 }));
	const progress = new Float64Array(500);
	let most = 0;
	let first: Float64Array | undefined;
	const follow = async (n: number): Promise<void> => {
		const text = texts[n % texts.length]!;
		const events = [];
		let given = 0;
		const source = async function* (): AsyncGenerator<string> {
			for (const delta of toDeltas(text, random, 8)) {
				given += delta.length;
				yield delta;
			}
		};
		const limits = { maxAheadCharacters: 48, maxHeldWords: 8, judgeTimeoutMs: 100_000 };
		for await (const event of guardStream(source, { scorer, policies, ...limits })) {
			events.push(event);
			if (event.type === "text") most = Math.max(most, given - event.end);
			if (event.type === "text") progress[n] = event.end / text.length;
			else if (event.type === "end" && event.report.reason === "complete") first ??= progress.slice();
		}
		const { text: released, report } = toGathered(events);
		assert.equal(released, alone[n % texts.length]!.text);
		assert.deepEqual(brief(report), brief(alone[n % texts.length]!.report));
	};
	await Promise.all(Array.from({ length: 500 }, (_, n) => follow(n)));
	assert.equal(new Set(alone.map(({ report }) => report.action)).size, 2);
	const waiting = first!.filter((share) => share === 0).length;
	assert.ok(waiting === 0, `${waiting} streams had not begun when the first was done`);
	assert.equal(model.stats().sessions, 0);
	assert.ok(most <= 48 + 8 + 8 * 12, `${most} characters of a stream were waiting`); // ahead, a delta, words held
});

test("the classifier's thread ends in mid-stream: nothing unjudged leaves, and the next stream is judged", async () => {
	const { streams: scorer, policies, model } = classifier;
	let given = 0;
	const source = async function* (): AsyncGenerator<string> {
		for (const word of `${HARMLESS} ${HARMLESS}`.split(" ")) {
			if (++given === 10) {
				// an order it cannot read: terminate() in the middle of a run of ONNX Runtime would end the whole process
				worker!.postMessage(undefined);
				await new Promise((resolve) => worker!.once("exit", resolve));
			}
			yield `${word} `;
		}
	};
	const { text, report } = await gather(source, { scorer, policies });
	assert.deepEqual([report.action, report.reason, report.failure?.code], ["block", "failure", "inference_failed"]);
	assert.ok(text.length <= report.judgedCharacters && report.leakedCharacters === 0 && given <= 12);
	assert.equal(model.stats().sessions, 0);
	const next = await gather(toSource([HARMLESS]), { scorer, policies });
	assert.equal(next.text, HARMLESS);
});
