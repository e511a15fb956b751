/**
 * Tensors in a model's files that no graph reads. A model that has them is not the one its config.json says, except for those
 * known to say nothing of their own.
 */
import type { Graph } from "../onnx/index.ts";
import type { TensorInfo, Weights } from "../weights/safetensors.ts";
import { failWeights, quoteName } from "../weights/safetensors-header.ts";

/** Tables of rotary angles, which old versions of transformers stored; they are computed here. */
const COMPUTED: readonly RegExp[] = [/\.rotary_emb\.inv_freq$/];
/** The output layer is the embedding; some files hold it twice. */
const TIED = { copy: "lm_head.weight", of: "model.embed_tokens.weight" } as const;

/** Throws `invalid_weights` naming the first tensor that should not be there. Reads tensors only to compare copies. */
export function checkExtraTensors(graphs: readonly Graph[], files: readonly Weights[]): void {
	const read = new Set(graphs.flatMap((graph) => graph.weightGroups().flatMap(({ from }) => [...from])));
	for (const weights of files) {
		for (const tensor of weights.tensors.values()) {
			if (read.has(tensor.name) || COMPUTED.some((pattern) => pattern.test(tensor.name))) continue;
			if (tensor.name === TIED.copy && isCopy(weights, tensor, weights.tensors.get(TIED.of))) continue;
			const words =
				tensor.name === TIED.copy
					? `differs from ${quoteName(TIED.of)}, to which it is tied`
					: "is not part of this model";
			failWeights(tensor.file.replace(/^.*[\\/]/, ""), `tensor ${quoteName(tensor.name)} ${words}`);
		}
	}
}

function isCopy(weights: Weights, copy: TensorInfo, original: TensorInfo | undefined): boolean {
	if (original === undefined || copy.dtype !== original.dtype) return false;
	if (copy.shape.join() !== original.shape.join()) return false;
	const pieces = weights.readPieces(original.name)[Symbol.iterator]();
	for (const piece of weights.readPieces(copy.name)) {
		if (Buffer.compare(piece, pieces.next().value as Uint8Array) !== 0) return false;
	}
	return true;
}
