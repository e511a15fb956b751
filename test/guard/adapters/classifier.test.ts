/** The adapters with the classifier that comes with the repository: each shows exactly what the guard itself would. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openExampleClassifier } from "../../../examples/classifier.ts";
import {
	type GuardClassifier,
	guardFetch,
	guardIterable,
	guardStream,
	guardTextStream,
} from "../../../src/guard/index.ts";
import { createRandom, toDeltas, toSource } from "../streams.ts";
import { readChat, toBody, toByteChunks, toChat } from "./bytes.ts";

const TEXTS = [
	"The meeting begins at nine 😀, and there is coffee. 再见",
	"Here is what I think of you: I will kill you, you worthless piece of shit, and nobody will miss you.",
	"A recipe for bread: flour, water, salt. You are a disgusting idiot and I hate your kind.",
	"hel",
];

let classifier: GuardClassifier;
before(async () => {
	classifier = await openExampleClassifier();
});
after(() => classifier.close());

async function gather(texts: AsyncIterable<string>): Promise<string> {
	let all = "";
	for await (const text of texts) all += text;
	return all;
}

for (const mode of ["hold", "final"] as const)
	test(`${mode}: however a text is cut, every adapter shows what comes before the first prefix that blocks`, async () => {
		const random = createRandom(3);
		const options = { scorer: classifier.scorer, policies: classifier.policies, mode };
		let stopped = 0;
		for (const text of TEXTS) {
			let expected = "";
			for await (const event of guardStream(toSource([text]), options)) {
				if (event.type === "text") expected += event.text;
				if (event.type === "end" && event.report.action === "block") stopped++;
			}
			assert.ok(text.startsWith(expected));
			const cut = (): AsyncIterable<string> => toSource([...toDeltas(text, random, 9)]);
			assert.equal(await gather(guardIterable(cut(), options)), expected);
			assert.equal(await gather(guardTextStream(toBody(cut()), options) as unknown as AsyncIterable<string>), expected);
			const headers = { "content-type": "text/event-stream" };
			const fetch = guardFetch({
				...options,
				fetch: async () => new Response(toBody(toByteChunks(toChat(cut()))), { headers }),
			});
			assert.equal(await gather(readChat((await fetch("http://model/")).body!)), expected);
		}
		assert.ok(stopped >= 1 && stopped < TEXTS.length, `${stopped}`);
	});
