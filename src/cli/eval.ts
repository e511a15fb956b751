/** `sluice eval`: how well the shipped model and thresholds do on labelled texts. */
import { SluiceError } from "../errors.ts";
import { type EvalReport, evaluate, type LabelReport } from "../evaluate/index.ts";
import { EXIT } from "./context.ts";
import { runCascadeEval } from "./eval-cascade.ts";
import { addModelOptions, type SettingFlags } from "./options.ts";
import { createProgress } from "./progress.ts";
import { readLines } from "./read-lines.ts";
import type { Register } from "./register.ts";
import { align } from "./table.ts";
import { withModerator } from "./with-moderator.ts";

interface EvalOptions extends SettingFlags {
	readonly json?: boolean;
	readonly limit?: string;
	readonly cascade?: boolean;
	readonly second?: string;
	readonly out?: string;
}

/** Adds the command. */
export const registerEval: Register = (program, context, finish) => {
	const command = program
		.command("eval")
		.description("measure the classifier on labelled texts")
		.argument("<file>", "rows {text, labels: {any?: 0|1, hate?: 0|1, …}, lang?, meta?} as .jsonl or .jsonl.xz")
		.option("--json", "print the report as JSON")
		.option("--limit <n>", "read the first n rows only")
		.option("--cascade", "draw what cascades of two scorers cost and how well they do, for growing bands of doubt")
		.option("--second <dir>", "with --cascade: policies of the second scorer; default: those that policies declare")
		.option("--out <prefix>", "with --cascade: write the curves to PREFIX.svg and PREFIX.json");
	addModelOptions(command).action(async (file: string, options: EvalOptions) => {
		const limit = parseLimit(options.limit);
		if (options.cascade) {
			finish(await runCascadeEval(context, file, { ...options, limit }));
			return;
		}
		if (options.second !== undefined || options.out !== undefined)
			throw new SluiceError("invalid_request", { detail: "--second and --out belong to --cascade" });
		const began = performance.now();
		const progress = createProgress(context);
		const report = await withModerator(context, options, (moderator) =>
			evaluate(readLines(file), moderator, {
				limit,
				onProgress: (rows) => progress.show(`${rows} rows, ${toRate(rows, performance.now() - began)} per second`),
			}),
		).finally(() => progress.end());
		context.stdout(options.json ? `${JSON.stringify(report)}\n` : toTable(report));
		if (report.failed > 0)
			context.stderr(`sluice: ${report.failed} of ${report.rows} rows could not be judged and count in no figure\n`);
		if (report.rows === report.failed) {
			context.stderr(`sluice: ${file} gave no row that could be judged\n`);
			finish(EXIT.failed);
		}
	});
};

function parseLimit(value: string | undefined): number | undefined {
	if (value === undefined) return undefined;
	if (/^[1-9]\d{0,9}$/.test(value)) return Number(value);
	throw new SluiceError("invalid_request", { detail: "--limit must be a whole number from 1 up" });
}

function toRate(rows: number, ms: number): string {
	return (rows / (ms / 1000)).toFixed(0);
}

const FIGURES = ["auPrc", "rocAuc", "bestF1", "bestThreshold", "f1", "precision", "recall", "fpr"] as const;

function toTable(report: EvalReport): string {
	const lines = [`${report.rows} rows, ${report.failed} failed`, "", ...toLabelLines(report.labels)];
	for (const [lang, { rows, labels }] of Object.entries(report.byLang ?? {}))
		lines.push("", `lang ${lang}, ${rows} rows`, ...toLabelLines(labels));
	const functionalities = Object.entries(report.byFunctionality ?? {});
	if (functionalities.length > 0)
		lines.push("", ...align([["functionality", "n", "accuracy", "meanRisk"], ...functionalities.map(toCells)]));
	for (const [label, rows] of Object.entries(report.unscored ?? {}))
		lines.push("", `${label}: ${rows} rows got an action in place of a risk and count in no figure`);
	if (report.unmeasured.length > 0) lines.push("", `not measured by any policy: ${report.unmeasured.join(", ")}`);
	return `${lines.join("\n")}\n`;
}

function toCells([name, of]: [string, { n: number; accuracy: number; meanRisk: number }]): string[] {
	return [name, String(of.n), of.accuracy.toFixed(3), of.meanRisk.toFixed(3)];
}

function toLabelLines(labels: Readonly<Record<string, LabelReport>>): string[] {
	const rows = Object.entries(labels).map(([label, of]) => [
		label,
		String(of.n),
		String(of.positives),
		...FIGURES.map((figure) => of[figure]?.toFixed(3) ?? "-"),
	]);
	return align([["label", "n", "positives", ...FIGURES], ...rows]);
}
