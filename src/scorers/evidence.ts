/**
 * Which words of a text raised a pooled logit: the positive values of the heads, weighted by attention, summed per word.
 * An explanation of the pooled part only; the last token's direct term is left out.
 */
import type { Encoding } from "../tokenizer/index.ts";
import type { NormalizedText } from "../tokenizer/normalize.ts";
import type { Span } from "../types.ts";
import { attentionWeight } from "./head-pool.ts";

/** A word as a range of the original text and the range of its tokens, ends exclusive. */
export interface Word {
	readonly start: number;
	readonly end: number;
	readonly firstToken: number;
	readonly endToken: number;
}

/** Spans reported per label. */
const MOST_SPANS = 3;

/** Of one text under one label at a time; ten labels per text would leave as many arrays to the garbage collector. */
let raises = new Float64Array(1024);

/** The words of a folded text, in order; tokens of nothing but a space belong to none. */
export function findWords(folded: NormalizedText, { starts, ends }: Encoding): Word[] {
	const words: Word[] = [];
	for (let token = 0; token < starts.length; token++) {
		const from = starts[token]!;
		const to = ends[token]!;
		const begin = folded.text[from] === " " ? from + 1 : from;
		if (begin >= to) continue;
		const last = words.at(-1);
		const end = folded.ends[to - 1]!;
		if (last !== undefined && begin === from && folded.text[from - 1] !== " ")
			words[words.length - 1] = { ...last, end, endToken: token + 1 };
		else words.push({ start: folded.starts[begin]!, end, firstToken: token, endToken: token + 1 });
	}
	return words;
}

/**
 * The words with the largest shares in what raises label `of.label`, heaviest first; a share is 0..1 of the whole text.
 * `rows` are head rows [1 + tokens, 3 * labels], the first of them `<bos>`'s, which counts for nothing here.
 */
export function riskiestSpans(
	words: readonly Word[],
	rows: Float32Array,
	of: { label: number; labels: number; clip: number },
): Span[] {
	const width = 3 * of.labels;
	const tokens = Math.max(0, Math.floor(rows.length / width) - 1);
	if (raises.length < tokens) raises = new Float64Array(2 * tokens);
	let total = 0;
	for (let token = 0; token < tokens; token++) {
		const offset = (token + 1) * width + of.label;
		raises[token] = attentionWeight(rows[offset]!, of.clip) * Math.max(0, rows[offset + of.labels]!);
		total += raises[token]!;
	}
	const spans: Span[] = [];
	for (const { start, end, firstToken, endToken } of words) {
		let raise = 0;
		for (let token = firstToken; token < endToken; token++) raise += raises[token]!;
		const weight = raise / total;
		if (!(raise > 0) || (spans.length === MOST_SPANS && weight <= spans[MOST_SPANS - 1]!.weight)) continue;
		const place = spans.findIndex((span) => span.weight < weight);
		spans.splice(place < 0 ? spans.length : place, 0, { start, end, weight });
		if (spans.length > MOST_SPANS) spans.pop();
	}
	return spans;
}
