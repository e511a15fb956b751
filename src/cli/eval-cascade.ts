/** `sluice eval --cascade`: the cost-quality curve of two scorers on labelled texts, as a table, JSON and a picture. */
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { type Config, readConfig } from "../config.ts";
import { SluiceError } from "../errors.ts";
import {
	type CascadeCurve,
	type CascadePair,
	type CascadeReport,
	evaluateCascade,
	pairCascades,
	pairPolicies,
	toCurveSvg,
} from "../evaluate/index.ts";
import { loadPolicies } from "../policies/index.ts";
import type { LeafSpec } from "../types.ts";
import { type CliContext, EXIT } from "./context.ts";
import { type SettingFlags, toSettingFlags } from "./options.ts";
import { createProgress } from "./progress.ts";
import { readLines } from "./read-lines.ts";
import { align } from "./table.ts";

/** Flags of the command. */
export interface CascadeEvalOptions extends SettingFlags {
	readonly json?: boolean | undefined;
	readonly limit?: number | undefined;
	/** Directory of the second scorer's policies. */
	readonly second?: string | undefined;
	/** Path of the files to write, without their endings. */
	readonly out?: string | undefined;
}

/** Runs the command and resolves to its exit code. */
export async function runCascadeEval(context: CliContext, file: string, options: CascadeEvalOptions): Promise<number> {
	const config = readConfig(toSettingFlags(options), context.env);
	const pairs = await loadPairs(config, options.second);
	const report = await measure(context, { file, config, pairs, limit: options.limit });
	const note = `${basename(file)}; first: ${describe(pairs, "first")}; second: ${describe(pairs, "second")}`;
	if (options.out !== undefined) await writeCurves(options.out, report, note);
	context.stdout(options.json ? `${JSON.stringify(report)}\n` : toTable(report, note));
	if (report.failed > 0)
		context.stderr(`sluice: ${report.failed} of ${report.rows} rows could not be judged and count in no figure\n`);
	if (report.rows > report.failed) return EXIT.allowed;
	context.stderr(`sluice: ${file} gave no row that could be judged\n`);
	return EXIT.failed;
}

async function loadPairs(config: Config, second: string | undefined): Promise<CascadePair[]> {
	const firsts = await loadPolicies(config.policies);
	return second === undefined ? pairCascades(firsts) : pairPolicies(firsts, await loadPolicies(second));
}

async function measure(
	context: CliContext,
	of: { file: string; config: Config; pairs: readonly CascadePair[]; limit: number | undefined },
): Promise<CascadeReport> {
	const { file, config, pairs, limit } = of;
	const policies = pairs.flatMap(({ first, second }) => [first, second]);
	const scorer = await context.openScorer(config, policies);
	const progress = createProgress(context);
	try {
		for (const policy of policies) scorer.check(policy);
		return await evaluateCascade(
			readLines(file),
			{ scorer, pairs },
			{
				limit,
				onProgress: (rows) => progress.show(`${rows} rows`),
			},
		);
	} finally {
		progress.end();
		await scorer.close();
	}
}

async function writeCurves(prefix: string, report: CascadeReport, note: string): Promise<void> {
	const svg = toCurveSvg(report.curves, { title: "What a second opinion costs and gives", subtitle: note });
	try {
		await mkdir(dirname(prefix), { recursive: true });
		await writeFile(`${prefix}.svg`, svg);
		await writeFile(`${prefix}.json`, `${JSON.stringify({ note, ...report }, null, "\t")}\n`);
	} catch (cause) {
		throw new SluiceError("invalid_request", { detail: `cannot write ${prefix}.svg and ${prefix}.json`, cause });
	}
}

function describe(pairs: readonly CascadePair[], stage: keyof CascadePair): string {
	return [...new Set(pairs.map((pair) => describeSpec(pair[stage].scorer as LeafSpec)))].join(", ");
}

function describeSpec(spec: LeafSpec): string {
	if (spec.kind === "head") return "the classifier";
	return spec.kind === "yes-no" ? `yes-no, ${spec.model} model, ${spec.order}` : `the service ${spec.service}`;
}

const COLUMNS = ["escalated", "band", "ms", "tokens", "AU-PRC", "F1 flag", "F1 block"] as const;

function toTable(report: CascadeReport, note: string): string {
	const lines = [`${report.rows} rows, ${report.failed} failed; ${note}`, "ms and tokens per text and policy"];
	for (const curve of report.curves) lines.push("", ...toCurveLines(curve));
	if (report.unmeasured.length > 0) lines.push("", `not measured by any pair: ${report.unmeasured.join(", ")}`);
	return `${lines.join("\n")}\n`;
}

function toCurveLines(curve: CascadeCurve): string[] {
	const { first, second, points, unscored } = curve;
	const title = `${curve.label}: ${curve.n} texts, ${curve.positives} positive${unscored > 0 ? `, ${unscored} without a risk` : ""}`;
	const cells = (name: string, band: string, of: typeof first): string[] => [
		name,
		band,
		of.msPerText.toFixed(3),
		of.tokensPerText.toFixed(1),
		...[of.auPrc, of.f1AtFlag, of.f1AtBlock].map((figure) => figure?.toFixed(3) ?? "-"),
	];
	const rows = points.map((point) =>
		cells(`${(point.share * 100).toFixed(1)} %`, `${point.band.from.toFixed(3)}-${point.band.to.toFixed(3)}`, point),
	);
	return [title, ...align([[...COLUMNS], cells("first alone", "", first), ...rows, cells("second alone", "", second)])];
}
