import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { PrefixScore } from "../../../src/scorers/stream/index.ts";
import { createRandom, toDeltas } from "../../guard/streams.ts";
import { type Classifier, openClassifier } from "./classifier.ts";
import { generateTexts } from "./texts.ts";

let classifier: Classifier;
before(async () => {
	classifier = await openClassifier();
});
after(() => classifier.close());

async function follow(
	{ streams, policies }: Classifier,
	deltas: Iterable<string>,
	random: () => number,
): Promise<PrefixScore[]> {
	const stream = await streams.open(policies);
	const scores: PrefixScore[] = [];
	try {
		for (const delta of deltas) {
			stream.push(delta);
			if (random() < 0.7) scores.push(...(await stream.read()));
		}
		stream.end();
		for (let more = await stream.read(); more.length > 0; more = await stream.read()) scores.push(...more);
		return scores;
	} finally {
		await stream.close();
	}
}

/** Follows each text in two cuttings and scores its prefixes as whole texts; the number of prefixes. */
async function compare(subject: Classifier, texts: Iterable<string>, random: () => number): Promise<number> {
	let prefixes = 0;
	for (const text of texts) {
		const scores = await follow(subject, toDeltas(text, random, 3), random);
		assert.deepEqual(await follow(subject, toDeltas(text, random, 30), random), scores, JSON.stringify(text));
		const contents = scores.map(({ end }) => text.slice(0, end));
		const whole = await subject.whole.score(contents, subject.policies);
		const expected = scores.map(({ end }, i) => ({ end, risks: whole[i]!.risks, tokens: whole[i]!.tokens }));
		assert.deepEqual(scores, expected, JSON.stringify(text));
		assert.equal(scores.at(-1)?.end, text.length);
		prefixes += scores.length;
	}
	return prefixes;
}

test("every prefix of a followed text has the very risks of that prefix as a whole text, however it was cut", async () => {
	const random = createRandom(11);
	const prefixes = await compare(classifier, generateTexts(random, 150), random);
	assert.ok(prefixes > 1000, `${prefixes} prefixes`);
});

test("so it is with a tokenizer that puts no space before a text", async () => {
	const random = createRandom(12);
	const unprepended = await openClassifier({ prepends: false });
	try {
		assert.notDeepEqual(unprepended.tokenizer.encode("word").ids, classifier.tokenizer.encode("word").ids);
		await compare(unprepended, generateTexts(random, 40), random);
	} finally {
		await unprepended.close();
	}
});

test("what a stream keeps does not grow with the text", async () => {
	const stream = await classifier.streams.open(classifier.policies);
	const before = classifier.model.stats().sessionBytes;
	for (let i = 0; i < 20; i++) {
		stream.push("some harmless words to go on with, ".repeat(10));
		while ((await stream.read()).length > 0);
	}
	assert.equal(classifier.model.stats().sessionBytes, before);
	await stream.close();
	assert.equal(classifier.model.stats().sessions, 0);
});

test("a stream that failed says so on every further read", async () => {
	const stream = await classifier.streams.open(classifier.policies);
	stream.push("x1".repeat(3000));
	await assert.rejects(
		async () => {
			while ((await stream.read()).length > 0);
		},
		{ code: "text_too_long" },
	);
	await assert.rejects(stream.read(), { code: "text_too_long" });
	await stream.close();
});

test("a policy that the heads do not measure is refused", async () => {
	const policy = { ...classifier.policies[0]!, scorer: { kind: "head", head: "nothing" } as const };
	assert.throws(() => classifier.streams.check(policy), { code: "invalid_policy" });
	await assert.rejects(classifier.streams.open([policy]), { code: "invalid_policy" });
});
