/**
 * Causal attention pooling over the classifier's head rows: a fixed-size state that gives a logit for every prefix.
 * logit_k(t) = sum_{i<=t} exp(s_i) z_i / sum_{i<=t} exp(s_i) + d_t; a row is K scores s, K values z, K direct terms d.
 */

/** Pooling state of one text; `labels` numbers per sum, however long the text is. */
export interface HeadPool {
	/** Takes in the next row, `rows[offset .. offset + 3 * labels]`. */
	push(rows: Float32Array, offset: number): void;
	/** Logit per label after the rows so far; NaN before the first row. */
	logits(): Float64Array;
	/** An independent copy, for judging an unfinished tail. */
	fork(): HeadPool;
}

/** @param scoreClip attention scores are clipped to ±scoreClip, as in training, so the sums stay finite on endless streams. */
export function createHeadPool(labels: number, scoreClip: number): HeadPool {
	return resumePool(scoreClip, new Float64Array(labels), new Float64Array(labels), new Float64Array(labels));
}

function resumePool(clip: number, weighted: Float64Array, weights: Float64Array, direct: Float64Array): HeadPool {
	const labels = weighted.length;
	return {
		push(rows, offset) {
			for (let k = 0; k < labels; k++) {
				const weight = attentionWeight(rows[offset + k]!, clip);
				weighted[k]! += weight * rows[offset + labels + k]!;
				weights[k]! += weight;
				direct[k] = rows[offset + 2 * labels + k]!;
			}
		},
		logits: () => weighted.map((sum, k) => sum / weights[k]! + direct[k]!),
		fork: () => resumePool(clip, weighted.slice(), weights.slice(), direct.slice()),
	};
}

/** exp of the clipped attention score. */
export function attentionWeight(score: number, clip: number): number {
	return Math.exp(Math.min(clip, Math.max(-clip, score)));
}
