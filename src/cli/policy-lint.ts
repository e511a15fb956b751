/** `sluice policy lint`: everything that is wrong with policy files, at once, and what is doubtful. Opens no model. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readConfig } from "../config.ts";
import { isSluiceError, SluiceError } from "../errors.ts";
import { toCoverageTables } from "../http/protocols/coverage.ts";
import { parsePolicy } from "../policies/index.ts";
import { type HeadsFile, leavesOf, readHeadsFile, toMeasured } from "../scorers/index.ts";
import type { Policy } from "../types.ts";
import { EXIT } from "./context.ts";
import type { Register } from "./register.ts";

/** Something about a file. Errors stop a start; warnings do not. */
interface Finding {
	readonly file: string;
	readonly level: "error" | "warning";
	readonly message: string;
}

interface LintOptions {
	readonly policies: string | undefined;
	readonly model: string | undefined;
	readonly json?: boolean;
}

/** Adds the command. */
export const registerPolicyLint: Register = (policy, context, finish) => {
	policy
		.command("lint")
		.description("check policy files: exit code 1 when one is not valid")
		.option("--policies <dir>", "directory of policy files (SLUICE_POLICIES)")
		.option("--model <dir>", "model directory whose heads policies may name (SLUICE_MODEL)")
		.option("--json", "print an object per finding")
		.action(async ({ policies, model, json }: LintOptions) => {
			const config = readConfig({ policies, model }, context.env);
			const findings = await lintPolicies(config.policies, await readHeadsFile(config.model));
			const errors = findings.filter(({ level }) => level === "error").length;
			const lines = findings.map((finding) =>
				json ? JSON.stringify(finding) : `${finding.file}: ${finding.level}: ${finding.message}`,
			);
			const summary = json ? [] : [`${errors} errors, ${findings.length - errors} warnings`];
			for (const line of [...lines, ...summary]) context.stdout(`${line}\n`);
			if (errors > 0) finish(EXIT.acted);
		});
};

/** Everything that can be said of a directory's files, in their order. Throws `invalid_policy` where there are none. */
export async function lintPolicies(directory: string, heads: HeadsFile): Promise<Finding[]> {
	const names = (await readdir(directory).catch(() => [])).filter((name) => name.endsWith(".yaml")).sort();
	if (names.length === 0)
		throw new SluiceError("invalid_policy", { detail: `the policy directory ${directory} holds no .yaml file` });
	const findings: Finding[] = [];
	const titles = new Map<string, string>();
	for (const file of names) {
		const say = (level: Finding["level"], message: string): void => void findings.push({ file, level, message });
		const attempt = <T>(work: () => T): T | undefined => {
			try {
				return work();
			} catch (error) {
				if (!isSluiceError(error)) throw error;
				say(
					"error",
					error.detail.startsWith(file) ? error.detail.slice(file.length).replace(/^:? /, "") : error.detail,
				);
				return undefined;
			}
		};
		const text = await readFile(join(directory, file), "utf8");
		const policy = attempt(() => parsePolicy(text, file));
		if (policy === undefined) continue;
		attempt(() => toCoverageTables([policy])); // refuses a name that a service does not have
		for (const leaf of leavesOf(policy))
			if (leaf.kind === "head") attempt(() => toMeasured({ ...policy, scorer: leaf }, heads));
		for (const doubt of findDoubts(policy)) say("warning", doubt);
		const other = titles.get(policy.title);
		if (other !== undefined) say("warning", `title: is also that of ${other}`);
		titles.set(policy.title, file);
	}
	return findings;
}

/** What is valid and probably not meant. */
function findDoubts({ thresholds, examples, scorer }: Policy): string[] {
	const doubts: string[] = [];
	if (thresholds.flag === thresholds.block)
		doubts.push("thresholds: flag and block are the same, so nothing is flagged");
	for (const violates of [true, false])
		if (!examples.some((example) => example.violates === violates))
			doubts.push(`examples: none ${violates ? "violates the policy" : "is harmless"}`);
	if (new Set(examples.map(({ text }) => text)).size < examples.length) doubts.push("examples: one is there twice");
	if (scorer.kind === "cascade" && scorer.band.from === scorer.band.to)
		doubts.push("scorer.band: is empty, so the second scorer is never asked");
	if (scorer.kind === "cascade" && scorer.exhausted === "allow")
		doubts.push("scorer.exhausted: lets texts in doubt pass without a score");
	for (const leaf of scorer.kind === "cascade" ? [scorer.first, scorer.second] : [scorer])
		if (leaf.kind === "remote" && leaf.onFailure === "allow")
			doubts.push("scorer.onFailure: lets texts pass without a score while the service is away");
	return doubts;
}
