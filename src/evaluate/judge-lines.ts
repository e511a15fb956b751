/**
 * Labelled texts in batches: lines in, rows to whoever judges them, failures of single rows counted. Texts are held for one
 * batch only.
 */
import { isSluiceError } from "../errors.ts";
import { type EvalRow, parseEvalRow } from "./row.ts";

/** `limit` is the number of rows to read; `onProgress` is called with the rows done so far. */
export interface EvaluateOptions {
	readonly limit?: number | undefined;
	readonly batchRows?: number | undefined;
	readonly onProgress?: ((rows: number) => void) | undefined;
}

/** Where rows go. */
export interface RowJudge {
	/** Judges all rows or, throwing, none of them. */
	judge(rows: readonly EvalRow[]): Promise<void>;
	/** A row that gives nothing, by error code. */
	fail(code: string): void;
}

/** Failures that belong to one text; every other failure ends the evaluation. */
const ROW_FAILURES: readonly string[] = ["text_too_long", "invalid_request", "unsupported_input"];

/**
 * Hands over every line. A line that is no row, or a text that cannot be judged, is counted under its error code; any other
 * failure is thrown.
 */
export async function judgeLines(
	lines: AsyncIterable<string> | Iterable<string>,
	to: RowJudge,
	options: EvaluateOptions = {},
): Promise<void> {
	const { limit = Number.POSITIVE_INFINITY, batchRows = 64, onProgress } = options;
	let read = 0;
	let batch: EvalRow[] = [];
	const flush = async (): Promise<void> => {
		await judgeRows(batch, to);
		batch = [];
		onProgress?.(read);
	};
	for await (const line of lines) {
		if (line.trim() === "") continue;
		try {
			batch.push(parseEvalRow(line));
		} catch (error) {
			countFailure(error, ["invalid_json", "invalid_request"], to);
		}
		read++;
		if (batch.length >= batchRows) await flush();
		if (read >= limit) break;
	}
	await flush();
}

/** A batch fails as a whole, so one refused text makes each of its rows go alone. */
async function judgeRows(rows: readonly EvalRow[], to: RowJudge): Promise<void> {
	if (rows.length === 0) return;
	try {
		await to.judge(rows);
	} catch (error) {
		if (rows.length === 1) countFailure(error, ROW_FAILURES, to);
		else if (isSluiceError(error) && ROW_FAILURES.includes(error.code))
			for (const row of rows) await judgeRows([row], to);
		else throw error;
	}
}

function countFailure(error: unknown, codes: readonly string[], to: RowJudge): void {
	if (!isSluiceError(error) || !codes.includes(error.code)) throw error;
	to.fail(error.code);
}
