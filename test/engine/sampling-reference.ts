/**
 * Sampling written the obvious way, for tests only: a full sort, Math.exp and one array per step. Shares no code with
 * src/engine/sampling.ts. Order and meaning of the filters are those of Hugging Face transformers' logits processors.
 */

/** Filters as a caller would give them; all optional but the temperature. */
export interface ReferenceOptions {
	readonly temperature: number;
	readonly topK?: number | undefined;
	readonly topP?: number | undefined;
	readonly minP?: number | undefined;
	readonly repetitionPenalty?: number | undefined;
	readonly logitBias?: Readonly<Record<number, number>> | undefined;
}

/** Log-softmax. */
export function logSoftmax(logits: ArrayLike<number>): number[] {
	const all = Array.from(logits);
	const max = all.reduce((a, b) => Math.max(a, b));
	const sum = all.reduce((total, value) => total + Math.exp(value - max), 0);
	return all.map((value) => value - max - Math.log(sum));
}

/** Logits after penalty, bias and forbidden ids. */
export function edit(
	logits: ArrayLike<number>,
	options: ReferenceOptions,
	{ history = [], forbid = [] }: { history?: readonly number[]; forbid?: readonly number[] } = {},
): number[] {
	const penalty = options.repetitionPenalty ?? 1;
	return Array.from(logits, (value, id) => {
		let edited = value;
		if (history.includes(id)) edited = Math.fround(edited > 0 ? edited / penalty : edited * penalty);
		const bias = options.logitBias?.[id] ?? 0;
		edited = bias <= -100 ? Number.NEGATIVE_INFINITY : Math.fround(edited + bias);
		return forbid.includes(id) ? Number.NEGATIVE_INFINITY : edited;
	});
}

/** The probability of each token after all filters; 0 where it is filtered out. */
export function distribution(edited: readonly number[], options: ReferenceOptions): number[] {
	const scaled = edited.map((value) => value / options.temperature);
	const order = scaled.map((_, id) => id).sort((a, b) => scaled[b]! - scaled[a]! || a - b);
	let kept = order.slice(0, options.topK ?? order.length);
	const max = scaled[order[0]!]!;
	const weight = (id: number): number => Math.exp(scaled[id]! - max);
	if (options.topP !== undefined && options.topP < 1) {
		const total = kept.reduce((sum, id) => sum + weight(id), 0);
		let before = 0;
		kept = kept.filter((id, rank) => {
			const keep = rank === 0 || before < options.topP! * total;
			before += weight(id);
			return keep;
		});
	}
	kept = kept.filter((id) => weight(id) >= (options.minP ?? 0));
	const total = kept.reduce((sum, id) => sum + weight(id), 0);
	const probabilities = edited.map(() => 0);
	for (const id of kept) probabilities[id] = weight(id) / total;
	return probabilities;
}

/** The token at which the running sum of the probabilities, from the largest down, passes `u`. */
export function pick(probabilities: readonly number[], u: number): number {
	const order = [...probabilities.keys()].filter((id) => probabilities[id]! > 0);
	order.sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
	let sum = 0;
	for (const id of order) {
		sum += probabilities[id]!;
		if (u < sum) return id;
	}
	return order.at(-1)!;
}
