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

async function follow(deltas: Iterable<string>, random: () => number): Promise<PrefixScore[]> {
	const stream = await classifier.streams.open(classifier.policies);
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

test("every prefix of a followed text has the very risks of that prefix as a whole text, however it was cut", async () => {
	const random = createRandom(11);
	let prefixes = 0;
	for (const text of generateTexts(random, 200)) {
		const scores = await follow(toDeltas(text, random, 3), random);
		assert.deepEqual(await follow(toDeltas(text, random, 30), random), scores, JSON.stringify(text));
		const whole = await classifier.whole.score(
			scores.map(({ end }) => text.slice(0, end)),
			classifier.policies,
		);
		prefixes += scores.length;
		assert.equal(scores.at(-1)?.end, text.length);
		for (const [i, { risks, tokens, end }] of scores.entries())
			assert.deepEqual(
				{ risks, tokens },
				{ risks: whole[i]!.risks, tokens: whole[i]!.tokens },
				`${JSON.stringify(text)} ${end}`,
			);
	}
	assert.ok(prefixes > 1200, `${prefixes} prefixes`);
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
