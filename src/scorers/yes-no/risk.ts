/** The risk that the logits of two answers stand for (arXiv:2407.21772, section 3). */
import type { YesNoSpec } from "../../types.ts";

/**
 * P(Yes) = (e^(y/T) + alpha) / (e^(y/T) + e^(n/T) + 2 alpha), 0..1, over the logits y and n of Yes and No; with alpha = 0
 * and T = 1 a softmax of the two. Computed relative to the largest term, so that no logit overflows.
 */
export function yesProbability(
	yes: number,
	no: number,
	{ alpha, temperature }: Pick<YesNoSpec, "alpha" | "temperature">,
): number {
	const largest = Math.max(yes / temperature, no / temperature);
	const y = Math.exp(yes / temperature - largest);
	const n = Math.exp(no / temperature - largest);
	const smoothing = alpha === 0 ? 0 : alpha * Math.exp(-largest);
	return smoothing === Number.POSITIVE_INFINITY ? 0.5 : (y + smoothing) / (y + n + 2 * smoothing);
}
