/**
 * Measures a moderator on labelled texts: lines in, report out, texts held for one batch only.
 */
import { isSluiceError } from "../errors.ts";
import type { Moderator } from "../moderator.ts";
import type { Verdict } from "../types.ts";
import { createReport, type EvalReport, type Report } from "./report.ts";
import { type EvalRow, parseEvalRow } from "./row.ts";

export { decide, type Labelled, type Ranking, rank } from "./ranking.ts";
export type { EvalReport, FunctionalityReport, LabelReport } from "./report.ts";
export { type EvalRow, parseEvalRow } from "./row.ts";

/** `limit` is the number of rows to read; `onProgress` is called with the rows done so far. */
export interface EvaluateOptions {
	readonly limit?: number | undefined;
	readonly batchRows?: number | undefined;
	readonly onProgress?: ((rows: number) => void) | undefined;
}

/** Failures that belong to one text; every other failure ends the evaluation. */
const ROW_FAILURES: readonly string[] = ["text_too_long", "invalid_request", "unsupported_input"];

/**
 * Judges every line and reports. A line that is no row, or a text that cannot be judged, is counted under its error code;
 * a failure of the moderator itself is thrown.
 */
export async function evaluate(
	lines: AsyncIterable<string> | Iterable<string>,
	moderator: Pick<Moderator, "moderate">,
	options: EvaluateOptions = {},
): Promise<EvalReport> {
	const { limit = Number.POSITIVE_INFINITY, batchRows = 64, onProgress } = options;
	const report = createReport();
	let read = 0;
	let batch: EvalRow[] = [];
	const flush = async (): Promise<void> => {
		await judgeRows(batch, moderator, report);
		batch = [];
		onProgress?.(read);
	};
	for await (const line of lines) {
		if (line.trim() === "") continue;
		try {
			batch.push(parseEvalRow(line));
		} catch (error) {
			countFailure(error, ["invalid_json", "invalid_request"], report);
		}
		read++;
		if (batch.length >= batchRows) await flush();
		if (read >= limit) break;
	}
	await flush();
	return report.result();
}

/** A batch fails as a whole, so one refused text makes each of its rows go alone. */
async function judgeRows(rows: readonly EvalRow[], moderator: Pick<Moderator, "moderate">, to: Report): Promise<void> {
	if (rows.length === 0) return;
	let verdicts: Verdict[];
	try {
		verdicts = await moderator.moderate(rows.map((row) => row.text));
	} catch (error) {
		if (rows.length === 1) countFailure(error, ROW_FAILURES, to);
		else if (isSluiceError(error) && ROW_FAILURES.includes(error.code))
			for (const row of rows) await judgeRows([row], moderator, to);
		else throw error;
		return;
	}
	for (const [i, row] of rows.entries()) to.add(row, verdicts[i]!);
}

function countFailure(error: unknown, codes: readonly string[], to: Report): void {
	if (!isSluiceError(error) || !codes.includes(error.code)) throw error;
	to.fail(error.code);
}
