/**
 * How severe a risk is by its policy's thresholds, for formats that speak of severity: 0 to 1, rising with the risk, from a
 * quarter where the text is flagged and from a half where it is blocked. Nothing is measured here.
 */

/** Where flagging and blocking begin. */
export const FLAG_SEVERITY = 0.25;
export const BLOCK_SEVERITY = 0.5;

/** Thresholds of a policy. */
interface Thresholds {
	readonly flag: number;
	readonly block: number;
}

/** Severity 0..1 of a risk 0..1; linear between 0, the flag threshold, the block threshold and 1. */
export function toSeverity(risk: number, { flag, block }: Thresholds): number {
	if (risk >= block) return BLOCK_SEVERITY + (1 - BLOCK_SEVERITY) * ((risk - block) / (1 - block));
	if (risk >= flag) return FLAG_SEVERITY + (BLOCK_SEVERITY - FLAG_SEVERITY) * below((risk - flag) / (block - flag));
	return FLAG_SEVERITY * below(risk / flag);
}

/** Rounding must not lift a risk over the threshold it is below. */
function below(share: number): number {
	return Math.min(share, 1 - Number.EPSILON);
}
