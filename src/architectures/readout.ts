/**
 * What a graph gives back of its last layer and of those before, for the tokens that inputs name and no others: the
 * language-model head of a large vocabulary costs as much as several layers. Knows no architecture.
 */
import {
	concat,
	type Dim,
	exp,
	type Graph,
	gather,
	reduceMax,
	reduceSum,
	reshape,
	sub,
	type Value,
} from "../onnx/index.ts";
import { softCap } from "./blocks.ts";
import { type Embedding, unembed, unembedSome } from "./embedding.ts";
import { linear } from "./linear.ts";
import type { Parameters } from "./parameters.ts";

/** The end of a language model. */
export interface Readout {
	/** final_norm(h): [batch, seq, width]. */
	readonly normed: Value;
	/** The embeddings, then the residual stream after each layer: [batch, seq, width] each. */
	readonly hidden: readonly Value[];
	readonly table: Embedding;
	/** Logits are cap · tanh(z / cap); 0 for none. */
	readonly cap: number;
}

/** Columns of logits that `logit_blocks` sums up in one. */
export const LOGIT_BLOCK = 128;

/** Declares `logits`, `logit_blocks` (where blocks divide the vocabulary), `scores` and `hidden.<layer>` with the inputs that select them. */
export function addReadout(g: Graph, p: Parameters, { normed, hidden, table, cap }: Readout): void {
	const capped = (at: Graph, z: Value): Value => (cap === 0 ? z : softCap(at, z, cap));
	const head = g.scope("lm_head");
	const logitRows = g.input("logit_rows", "int64", ["logits"]);
	const logits = capped(head, unembed(head, p, rowsOf(head, normed, logitRows), table));
	g.output("logits", logits); // [logits, vocab]
	if (table.vocab % LOGIT_BLOCK === 0) g.output("logit_blocks", summarizeLogits(g.scope("lm_head.blocks"), logits));
	const some = g.scope("lm_head.some");
	const scoreRows = g.input("score_rows", "int64", ["scores"]);
	const scoreIds = g.input("score_ids", "int64", ["choices"]);
	const scores = unembedSome(some, p, rowsOf(some, normed, scoreRows), scoreIds, table);
	g.output("scores", capped(some, scores)); // [scores, choices]
	const hiddenRows = g.input("hidden_rows", "int64", ["states"]);
	for (const [layer, h] of hidden.entries()) {
		g.output(`hidden.${layer}`, rowsOf(g.scope(`hidden.${layer}`), h, hiddenRows)); // [states, width]
	}
}

/**
 * What drawing a token has to know of all logits [n, vocab], so that it reads a few blocks instead of every one: of each block
 * its largest logit m, the sum of exp(logit - m), and the sum of the logits, which is not finite where one of them is not.
 * [n, blocks, 3].
 */
export function summarizeLogits(g: Graph, logits: Value): Value {
	const [n, vocab] = logits.shape as [Dim, number];
	const blocks = reshape(g, logits, [n, vocab / LOGIT_BLOCK, LOGIT_BLOCK]);
	const largest = reduceMax(g, blocks, 2);
	const mass = reduceSum(g, exp(g, sub(g, blocks, largest)), 2);
	return concat(g, [largest, mass, reduceSum(g, blocks, 2)], 2);
}

/** final_norm(h) Wᵀ + b in float32: `heads` [batch, seq, rows], what the harm heads see of every prefix. */
export function addHeads(g: Graph, p: Parameters, normed: Value, rows: number): void {
	g.output("heads", linear(g.scope("heads"), p, normed, { name: "heads", outputs: rows }));
}

/** Rows of x [batch, seq, width] in row-major order. */
function rowsOf(g: Graph, x: Value, rows: Value): Value {
	return gather(g, reshape(g, x, ["tokens", x.shape[2]!]), rows);
}
