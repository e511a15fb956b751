/**
 * How well risks rank and split labelled texts. Pure numbers; equal risks form one group, so no figure depends on row order.
 * Average precision as in scikit-learn: sum over thresholds of precision times the gain in recall.
 */

/** Risks and their truth (1 = positive), index by index. */
export interface Labelled {
	readonly risks: ArrayLike<number>;
	readonly truth: ArrayLike<number>;
}

/** Figures that need no threshold; `null` where the data cannot say (no positives, or for ROC-AUC no negatives). */
export interface Ranking {
	/** Area under the precision-recall curve, as average precision. */
	readonly auPrc: number | null;
	readonly rocAuc: number | null;
	readonly bestF1: number | null;
	/** The highest risk from which calling a text positive gives `bestF1`. */
	readonly bestThreshold: number | null;
}

/** Threshold-free figures of labelled risks, in O(n log n). */
export function rank({ risks, truth }: Labelled): Ranking {
	const order = Uint32Array.from({ length: risks.length }, (_, i) => i).sort((a, b) => risks[b]! - risks[a]!);
	let positives = 0;
	for (let i = 0; i < truth.length; i++) positives += truth[i]!;
	const negatives = risks.length - positives;
	let [tp, fp, area, precisionArea, bestF1, bestThreshold] = [0, 0, 0, 0, -1, 0];
	for (let i = 0; i < order.length; ) {
		const risk = risks[order[i]!]!;
		const [tpBefore, fpBefore] = [tp, fp];
		do {
			if (truth[order[i]!] === 1) tp++;
			else fp++;
		} while (risks[order[++i]!] === risk);
		precisionArea += (tp - tpBefore) * (tp / (tp + fp));
		area += (fp - fpBefore) * (tpBefore + tp) * 0.5; // trapezoid: half of each tied pair counts
		const f1 = (2 * tp) / (tp + fp + positives);
		if (f1 > bestF1) [bestF1, bestThreshold] = [f1, risk];
	}
	if (positives === 0) return { auPrc: null, rocAuc: null, bestF1: null, bestThreshold: null };
	return {
		auPrc: precisionArea / positives,
		rocAuc: negatives === 0 ? null : area / (positives * negatives),
		bestF1,
		bestThreshold,
	};
}

/** Figures of one decision per text; `null` where the denominator is 0. */
export interface Decisions {
	readonly f1: number | null;
	readonly precision: number | null;
	readonly recall: number | null;
	/** Share of the negatives that were called positive. */
	readonly fpr: number | null;
}

/** How decisions (1 = called positive) agree with the truth. */
export function decide(decided: ArrayLike<number>, truth: ArrayLike<number>): Decisions {
	let [tp, fp, fn, tn] = [0, 0, 0, 0];
	for (let i = 0; i < truth.length; i++) {
		if (truth[i] === 1) decided[i] === 1 ? tp++ : fn++;
		else decided[i] === 1 ? fp++ : tn++;
	}
	const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
	return {
		f1: share(2 * tp, 2 * tp + fp + fn),
		precision: share(tp, tp + fp),
		recall: share(tp, tp + fn),
		fpr: share(fp, fp + tn),
	};
}
