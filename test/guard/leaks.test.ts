import assert from "node:assert/strict";
import { test } from "node:test";
import type { GuardMode, GuardReport } from "../../src/guard/index.ts";
import { createScriptedScorer, riskOfWords, toPolicy } from "./scripted-scorer.ts";
import { createRandom, gather, toDeltas, toSource } from "./streams.ts";

const WORDS = "calm words about the weather, a meeting 😀 and 你好。再见 rising falling I am here\n".split(" ");
const MODES: readonly GuardMode[] = ["hold", "lag", "final"];

/** 200 generations; most of them turn bad at a known place. */
function* scripts(random: () => number): Generator<{ text: string; badFrom: number | undefined }> {
	for (let n = 0; n < 200; n++) {
		const length = Math.floor(random() * 60);
		const words = Array.from({ length }, () => WORDS[Math.floor(random() * WORDS.length)]!);
		if (n % 5 === 0) {
			yield { text: words.join(" "), badFrom: undefined };
			continue;
		}
		const before = words.slice(0, Math.floor(random() * (length + 1))).map((word) => `${word} `);
		const badFrom = before.join("").length;
		yield { text: `${before.join("")}bad words that nobody should see`, badFrom };
	}
}

/** What a stream's end must not depend on the cutting of. */
const outcome = ({
	action,
	reason,
	blocked,
	lastSafeOffset,
	judgedCharacters,
	tokens,
	flags,
}: GuardReport): object => ({
	...{ action, reason, blocked, lastSafeOffset, judgedCharacters, tokens, flags },
});

for (const mode of MODES)
	test(`${mode}: generations that turn bad end as declared, however they are cut`, async () => {
		const random = createRandom(5);
		const scorer = createScriptedScorer(riskOfWords);
		for (const { text, badFrom } of scripts(random)) {
			const policies = [toPolicy("p")];
			const [a, b] = [3, 25].map((most) => gather(toSource(toDeltas(text, random, most)), { scorer, policies, mode }));
			const [one, other] = [await a!, await b!];
			assert.deepEqual(outcome(one.report), outcome(other.report), text);
			if (mode !== "lag") assert.equal(one.text, other.text, text);
			for (const { text: released, report } of [one, other]) {
				assert.ok(text.startsWith(released));
				assert.equal(report.releasedCharacters, released.length);
				if (badFrom === undefined) {
					assert.equal(released, text);
					assert.equal(report.reason, "complete");
					continue;
				}
				assert.equal(report.action, "block");
				const shown = Math.max(0, released.length - badFrom);
				if (mode === "lag") assert.ok(report.leakedCharacters >= shown && shown >= 0);
				else assert.deepEqual([shown, report.leakedCharacters], [0, 0], text);
				if (mode === "final") assert.equal(released, "");
				else assert.equal(report.blocked?.end, badFrom + "bad".length);
			}
		}
		assert.equal(scorer.openStreams(), 0);
	});

test("lag: what leaves beyond the last safe offset is counted", async () => {
	const scorer = createScriptedScorer(riskOfWords);
	const { text, report } = await gather(toSource(["all good ", "bad ", "and ", "on"]), {
		scorer,
		policies: [toPolicy("p")],
		mode: "lag",
	});
	assert.equal(report.lastSafeOffset, "all good".length);
	assert.equal(report.leakedCharacters, text.length - "all good".length);
	assert.ok(report.leakedCharacters > 0);
});
