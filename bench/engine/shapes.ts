/**
 * The genuine shapes of published Gemma models, and what one forward pass of each costs at least.
 * Sources: the config.json of each model; arXiv:2402.19427 for the Transformer of RecurrentGemma's size.
 */

/** Sizes of a decoder; `intermediate` is the width between the MLP's matrices. */
export interface Shape {
	readonly modelType: "gemma" | "gemma2" | "recurrent_gemma";
	readonly hidden: number;
	readonly layers: number;
	readonly heads: number;
	readonly kvHeads: number;
	readonly headDim: number;
	readonly intermediate: number;
	readonly vocab: number;
}

const VOCAB = 256_000;

/** By the name of the published model; `transformer-2b-global` is RecurrentGemma-2B with global attention in every layer. */
export const SHAPES: Readonly<Record<string, Shape>> = {
	"gemma-2b": shape("gemma", { hidden: 2048, layers: 18, heads: 8, kvHeads: 1, intermediate: 16384 }),
	"gemma-7b": shape("gemma", { hidden: 3072, layers: 28, heads: 16, kvHeads: 16, intermediate: 24576 }),
	"gemma-2-2b": shape("gemma2", { hidden: 2304, layers: 26, heads: 8, kvHeads: 4, intermediate: 9216 }),
	"gemma-2-9b": shape("gemma2", { hidden: 3584, layers: 42, heads: 16, kvHeads: 8, intermediate: 14336 }),
	"recurrentgemma-2b": shape("recurrent_gemma", {
		hidden: 2560,
		layers: 26,
		heads: 10,
		kvHeads: 1,
		intermediate: 7680,
	}),
	"transformer-2b-global": shape("gemma", { hidden: 2560, layers: 26, heads: 10, kvHeads: 1, intermediate: 7680 }),
};

function shape(modelType: Shape["modelType"], sizes: Omit<Shape, "modelType" | "headDim" | "vocab">): Shape {
	return { modelType, headDim: 256, vocab: VOCAB, ...sizes };
}

/** Weights in the matrices of one attention layer with its MLP. */
function layerWeights({ hidden, heads, kvHeads, headDim, intermediate }: Shape): number {
	return hidden * headDim * (2 * heads + 2 * kvHeads) + 3 * hidden * intermediate;
}

/** Multiply-adds of a prefill of `tokens` that answers with one row of logits; attention counts what is not masked. */
export function prefillMultiplyAdds(shape: Shape, layers: number, tokens: number): number {
	const attention = 2 * shape.heads * shape.headDim * ((tokens * (tokens + 1)) / 2);
	return layers * (tokens * layerWeights(shape) + attention) + shape.vocab * shape.hidden;
}

/** Weights that one decoding step reads: every matrix and the head, once. */
export function decodeWeights(shape: Shape, layers: number): number {
	return layers * layerWeights(shape) + shape.vocab * shape.hidden;
}

/** Keys and values that one decoding step reads at `context` tokens, in values. */
export function decodeCacheValues(shape: Shape, layers: number, context: number): number {
	return layers * 2 * shape.kvHeads * shape.headDim * context;
}
