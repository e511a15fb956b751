/**
 * The embedded classifier as a scorer: text -> folding -> tokens -> head rows -> pooled logits -> calibrated risk per policy.
 * The risk of a text is the risk of its last prefix, so reading it at once or token by token gives the same number.
 */
import type { Model } from "../engine/index.ts";
import { SluiceError } from "../errors.ts";
import type { Encoding, Tokenizer } from "../tokenizer/index.ts";
import { type NormalizedText, normalizeText } from "../tokenizer/normalize.ts";
import { type CallOptions, judgedText, type Policy, type Score, type Span } from "../types.ts";
import { findWords, riskiestSpans } from "./evidence.ts";
import { createHeadPool } from "./head-pool.ts";
import type { HeadsFile } from "./heads-file.ts";
import type { Scorer } from "./scorer.ts";

/** What the scorer is made of; `maxCharacters` limits a text in UTF-16 code units (default 200,000). */
export interface HeadScorerParts {
	readonly model: Pick<Model, "identity" | "heads" | "headRows" | "stats" | "close">;
	readonly tokenizer: Pick<Tokenizer, "bosId" | "encode">;
	readonly heads: HeadsFile;
	readonly maxCharacters?: number | undefined;
}

/** A text on its way: folded, encoded, with the ids the model reads (`<bos>` first). */
interface Prepared {
	readonly folded: NormalizedText;
	readonly encoding: Encoding;
	readonly ids: Int32Array;
}

/** A policy as a label of the heads: risk = sigmoid(scale · logit + offset). */
export interface Measured {
	readonly id: string;
	readonly label: number;
	readonly scale: number;
	readonly offset: number;
}

/** Builds the scorer; throws `invalid_model` when weights and heads.json disagree. */
export function createHeadScorer({ model, tokenizer, heads, maxCharacters = 200_000 }: HeadScorerParts): Scorer {
	const labels = heads.labels.length;
	if (model.headRows !== 3 * labels)
		throw new SluiceError("invalid_model", {
			detail: `heads.json names ${labels} labels, the weights hold ${model.headRows / 3}`,
		});

	const prepare = (text: string): Prepared => {
		const folded = normalizeText(text);
		const encoding = folded.text === "" ? EMPTY : tokenizer.encode(folded.text);
		const ids = new Int32Array(encoding.ids.length + 1);
		ids[0] = tokenizer.bosId;
		ids.set(encoding.ids, 1);
		return { folded, encoding, ids };
	};

	const scoreOne = async (text: string, policies: readonly Measured[], options: CallOptions): Promise<Score> => {
		const prepared = prepare(text);
		const rows = await model.heads(prepared.ids, options);
		const pool = createHeadPool(labels, heads.score_clip);
		for (let offset = 0; offset < rows.length; offset += 3 * labels) pool.push(rows, offset);
		const logits = pool.logits();
		const words = findWords(prepared.folded, prepared.encoding);
		const risks: Record<string, number> = {};
		const spans: Record<string, Span[]> = {};
		for (const policy of policies) {
			const { id, label } = policy;
			risks[id] = toRisk(policy, logits);
			spans[id] = riskiestSpans(words, rows, { label, labels, clip: heads.score_clip });
		}
		return { risks, spans, tokens: prepared.encoding.ids.length };
	};

	return {
		model: model.identity,
		maxCharacters,
		check: (policy) => void toMeasured(policy, heads),
		async score(contents, policies, options = {}) {
			const measured = policies.map((policy) => toMeasured(policy, heads));
			return await Promise.all(contents.map((content) => scoreOne(judgedText(content), measured, options)));
		},
		load: () => model.stats(),
		close: () => model.close(),
	};
}

/** The risk of a policy by the logits of a text. */
export function toRisk({ label, scale, offset }: Measured, logits: Float64Array): number {
	return 1 / (1 + Math.exp(-(scale * logits[label]! + offset)));
}

/** The label that measures a policy; throws `invalid_policy` where there is none. */
export function toMeasured({ id, scorer }: Policy, { labels, calibration }: HeadsFile): Measured {
	const refuse = (why: string, pointer: string): never => {
		throw new SluiceError("invalid_policy", { detail: `policy ${id}: ${why}`, pointer });
	};
	if (scorer.kind !== "head")
		return refuse(`scorer.kind "${scorer.kind}" is not measured by the classifier's heads`, "/scorer/kind");
	const { head } = scorer;
	const label = labels.indexOf(head);
	if (label >= 0 && Object.hasOwn(calibration, head)) return { id, label, ...calibration[head]! };
	const known = Object.keys(calibration).join(", ");
	return refuse(`scorer.head "${head}" is not measured by the model; it measures ${known}`, "/scorer/head");
}

const EMPTY: Encoding = { ids: new Int32Array(), starts: new Int32Array(), ends: new Int32Array() };
