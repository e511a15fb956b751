/** Outcomes as lines of JSON, one per item, in the order of the items. */
import { isProblem, type Outcome, type ScanItem } from "./item.ts";

/** The lines, each with its line break. `file` is left out where there is only one. */
export function toResultLines(
	file: string | undefined,
	items: readonly ScanItem[],
	outcomes: readonly Outcome[],
): string {
	let text = "";
	for (const [i, { line, id }] of items.entries()) {
		const outcome = outcomes[i]!;
		const result = isProblem(outcome) ? { error: outcome } : outcome;
		text += `${JSON.stringify({ line, file, id, ...result })}\n`;
	}
	return text;
}
