/**
 * Measures a moderator on labelled texts: lines in, report out.
 */
import type { Moderator } from "../moderator.ts";
import { type EvaluateOptions, judgeLines } from "./judge-lines.ts";
import { createReport, type EvalReport } from "./report.ts";

export {
	type ActionMatrix,
	type Agreement,
	type AgreementCount,
	createAgreementCount,
	type RiskDifferences,
} from "./agreement.ts";
export {
	type CascadePair,
	type CascadeReport,
	evaluateCascade,
	pairCascades,
	pairPolicies,
} from "./cascade.ts";
export { type CascadeCurve, type CurvePoint, type Quality, toCurve } from "./cascade-curve.ts";
export { toCurveSvg } from "./curve-svg.ts";
export type { EvaluateOptions } from "./judge-lines.ts";
export { decide, type Labelled, type Ranking, rank } from "./ranking.ts";
export type { EvalReport, FunctionalityReport, LabelReport } from "./report.ts";
export { type EvalRow, parseEvalRow } from "./row.ts";

/**
 * Judges every line and reports. A line that is no row, or a text that cannot be judged, is counted under its error code;
 * a failure of the moderator itself is thrown.
 */
export async function evaluate(
	lines: AsyncIterable<string> | Iterable<string>,
	moderator: Pick<Moderator, "moderate">,
	options: EvaluateOptions = {},
): Promise<EvalReport> {
	const report = createReport();
	await judgeLines(
		lines,
		{
			async judge(rows) {
				const verdicts = await moderator.moderate(rows.map((row) => row.text));
				for (const [i, row] of rows.entries()) report.add(row, verdicts[i]!);
			},
			fail: report.fail,
		},
		options,
	);
	return report.result();
}
