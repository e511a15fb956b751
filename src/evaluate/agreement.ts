/** Two opinions of the same texts, side by side: actions against actions, and differences of risks. Knows not whose they are. */
import { ACTIONS, type Action } from "../types.ts";

/** Texts by the first opinion's action, then by the second's. */
export type ActionMatrix = Readonly<Record<Action, Readonly<Record<Action, number>>>>;

/** Second risk less the first one, over texts that have both. Quantiles by nearest rank. */
export interface RiskDifferences {
	readonly n: number;
	readonly min: number;
	readonly p05: number;
	readonly p50: number;
	readonly p95: number;
	readonly max: number;
}

/** Two opinions of a policy, or of whole texts. */
export interface Agreement {
	readonly texts: number;
	/** Share of the texts with the same action. */
	readonly agreed: number;
	readonly actions: ActionMatrix;
	/** Null where no text has both risks. */
	readonly differences: RiskDifferences | null;
}

/** Counts them. */
export interface AgreementCount {
	/** @param difference second risk less the first; undefined where one is missing */
	add(first: Action, second: Action, difference: number | undefined): void;
	result(): Agreement;
}

/** Starts at nothing. */
export function createAgreementCount(): AgreementCount {
	return new Tally();
}

class Tally implements AgreementCount {
	readonly #matrix = Object.fromEntries(
		ACTIONS.map((first) => [first, Object.fromEntries(ACTIONS.map((second) => [second, 0]))]),
	) as Record<Action, Record<Action, number>>;
	readonly #differences: number[] = [];

	add(first: Action, second: Action, difference: number | undefined): void {
		this.#matrix[first][second]++;
		if (difference !== undefined) this.#differences.push(difference);
	}

	result(): Agreement {
		const same = ACTIONS.reduce((sum, action) => sum + this.#matrix[action][action], 0);
		const texts = ACTIONS.flatMap((first) => ACTIONS.map((second) => this.#matrix[first][second])).reduce(
			(a, b) => a + b,
			0,
		);
		return { texts, agreed: texts === 0 ? 1 : same / texts, actions: this.#matrix, differences: this.#quantiles() };
	}

	#quantiles(): RiskDifferences | null {
		const sorted = Float64Array.from(this.#differences).sort();
		const n = sorted.length;
		if (n === 0) return null;
		const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * n) - 1)]!;
		return { n, min: sorted[0]!, p05: at(0.05), p50: at(0.5), p95: at(0.95), max: sorted[n - 1]! };
	}
}
