import assert from "node:assert/strict";
import { test } from "node:test";
import { type CutPoint, createTextCutter, findClauseEnds } from "../../../src/scorers/stream/index.ts";
import { type Manner, normalizeText } from "../../../src/tokenizer/normalize.ts";
import { createRandom } from "../../guard/streams.ts";
import { generateTexts } from "./texts.ts";

const CLAUSE_ENDS = findClauseEnds([]);

function* cut(text: string): Generator<CutPoint> {
	const cutter = createTextCutter(CLAUSE_ENDS);
	cutter.push(text);
	cutter.end();
	for (let point = cutter.next(); point !== undefined; point = cutter.next()) yield point;
}

/** What a part adds to the folded text before it. */
function foldBehind(folded: string, { text, context }: CutPoint, before: Manner | undefined): [string, Manner] {
	const part = normalizeText(text, before);
	if (context > 0) {
		const first = part.starts.findIndex((start) => start >= context);
		return [folded + (first < 0 ? "" : part.text.slice(first)), part.manner];
	}
	return [folded === "" || part.text === "" ? folded + part.text : `${folded} ${part.text}`, part.manner];
}

test("settled parts fold to what the whole text folds to, disguised as it may be", () => {
	const random = createRandom(21);
	let prefixes = 0;
	for (const text of generateTexts(random, 1500)) {
		let settled = "";
		let manner: Manner | undefined;
		for (const point of cut(text)) {
			const [folded, next] = foldBehind(settled, point, manner);
			assert.equal(folded, normalizeText(text.slice(0, point.end)).text, JSON.stringify([text, point]));
			prefixes++;
			if (point.settles) [settled, manner] = [folded, next];
		}
	}
	assert.ok(prefixes > 10_000, `${prefixes} prefixes`);
});
