/** `sluice replay`: which decisions would change under other policies. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { readConfig } from "../config.ts";
import { SluiceError } from "../errors.ts";
import type { Agreement } from "../evaluate/index.ts";
import { createModerator } from "../moderator.ts";
import { type PolicyFile, type PolicySet, readPolicySet, toPolicyFile, withPolicy } from "../policies/index.ts";
import { type PolicyChange, type ReplayChange, type ReplayReport, replay, toPolicyChange } from "../replay/index.ts";
import { ACTIONS } from "../types.ts";
import { type CliContext, EXIT } from "./context.ts";
import { addModelOptions, type SettingFlags, toSettingFlags } from "./options.ts";
import { createProgress } from "./progress.ts";
import { readLines } from "./read-lines.ts";
import type { Register } from "./register.ts";
import { align } from "./table.ts";

/** Changed rows that the table names; JSON has all. */
const SHOWN = 20;

interface ReplayFlags extends SettingFlags {
	readonly policy: readonly string[];
	readonly json?: boolean;
	readonly out?: string;
}

/** Adds the command. */
export const registerReplay: Register = (program, context, finish) => {
	const command = program
		.command("replay")
		.description("which decisions about the texts of a file would change under other policies")
		.argument(
			"<file>",
			'lines of {"text"}, {"prompt", "response"} or recorded decisions with content, as .jsonl or .jsonl.xz',
		)
		.requiredOption(
			"--policy <path...>",
			"policy files, each in place of the live one with its id; or a directory in place of all",
		)
		.option("--json", "print the report, with every changed row, as JSON")
		.option("--out <file>", "write that report to a file");
	addModelOptions(command).action(async (file: string, flags: ReplayFlags) => {
		const report = await run(context, file, flags);
		const json = `${JSON.stringify(report)}\n`;
		if (flags.out !== undefined) await writeReport(flags.out, json);
		context.stdout(flags.json ? json : `${toLines(report).join("\n")}\n`);
		if (report.rows > 0) return;
		context.stderr(
			`sluice: ${file} holds nothing to replay; recorded decisions hold their texts only with SLUICE_AUDIT_CONTENT=1\n`,
		);
		finish(EXIT.failed);
	});
};

async function run(context: CliContext, file: string, flags: ReplayFlags): Promise<ReplayReport> {
	const config = readConfig(toSettingFlags(flags), context.env);
	const live = await readPolicySet(config.policies);
	const change = toPolicyChange(live.policies, (await readChanged(live, flags.policy)).policies);
	const moderator = await openModerator(context, config, change);
	const progress = createProgress(context);
	try {
		return await replay(readLines(file), { moderator, change, onProgress: (rows) => progress.show(`${rows} rows`) });
	} finally {
		progress.end();
		await moderator.close();
	}
}

async function openModerator(
	context: CliContext,
	config: ReturnType<typeof readConfig>,
	{ union }: PolicyChange,
): Promise<ReturnType<typeof createModerator>> {
	const scorer = await context.openScorer(config, union);
	const moderator = createModerator({ policies: union, scorer, maxCharacters: config.maxCharacters });
	try {
		await moderator.ready();
	} catch (error) {
		await moderator.close();
		throw error;
	}
	return moderator;
}

/** The live set with the files put in, or the set of a directory. */
async function readChanged(live: PolicySet, paths: readonly string[]): Promise<PolicySet> {
	const [first] = paths;
	if (paths.length === 1 && (await stat(first!).catch(() => undefined))?.isDirectory()) return readPolicySet(first!);
	let set = live;
	for (const path of paths) set = withPolicy(set, await readPolicy(path));
	return set;
}

/** A file on trial may have any name; its id says which policy it stands for. */
async function readPolicy(path: string): Promise<PolicyFile> {
	const text = await readFile(path, "utf8").catch((cause: unknown) => {
		throw new SluiceError("invalid_request", { detail: `cannot read the policy ${path}`, cause });
	});
	const id = /^id:[ \t]*["']?([a-z][a-z0-9-]*)["']?[ \t]*(?:#.*)?$/m.exec(text)?.[1];
	return toPolicyFile(text, id === undefined ? basename(path) : `${id}.yaml`);
}

async function writeReport(path: string, json: string): Promise<void> {
	await writeFile(path, json).catch((cause: unknown) => {
		throw new SluiceError("invalid_request", { detail: `cannot write ${path}`, cause });
	});
}

function toLines(report: ReplayReport): string[] {
	const { rows, skipped, failed, policies, verdicts, byPolicy, changes, reproduced } = report;
	const left = Object.entries({ ...skipped, ...failed }).map(([why, n]) => `${n} ${why}`);
	const moved = Object.entries(byPolicy).filter(([, { agreed }]) => agreed < 1);
	const { compared, equal } = reproduced;
	return [
		`${rows} rows${left.length > 0 ? `; left out: ${left.join(", ")}` : ""}; model ${report.model ?? "-"}`,
		...(policies.length === 0 ? ["the policies are the live ones"] : []),
		...policies.map(({ policy, change, before, after }) => `${policy}: ${change}, ${before ?? "-"} -> ${after ?? "-"}`),
		...(compared > 0 ? [`${equal} of ${compared} recorded risks came out the same to the last bit`] : []),
		"",
		`${changes.length} decisions would change`,
		...align([
			["before \\ after", ...ACTIONS],
			...ACTIONS.map((action) => [action, ...ACTIONS.map((other) => String(verdicts.actions[action][other]))]),
		]),
		...(moved.length > 0 ? ["", ...toPolicyTable(moved)] : []),
		...(changes.length > 0 ? ["", ...toChangeTable(changes)] : []),
	];
}

function toPolicyTable(moved: readonly [string, Agreement][]): string[] {
	const steps = ACTIONS.flatMap((a) => ACTIONS.filter((b) => b !== a).map((b) => [a, b] as const));
	const head = ["policy", ...steps.map(([a, b]) => `${a}>${b}`)];
	return align([head, ...moved.map(([id, { actions }]) => [id, ...steps.map(([a, b]) => String(actions[a][b]))])]);
}

function toChangeTable(changes: readonly ReplayChange[]): string[] {
	const rows = changes
		.slice(0, SHOWN)
		.flatMap(({ line, id, policies }) =>
			policies.map(({ policy, before, after }) => [
				String(id ?? line),
				policy,
				...[before, after].flatMap((side) => [side?.risk?.toFixed(4) ?? "-", side?.action ?? "-"]),
			]),
		);
	const more = changes.length > SHOWN ? [`and ${changes.length - SHOWN} more; --json names all`] : [];
	return [...align([["id or line", "policy", "risk", "before", "risk", "after"], ...rows]), ...more];
}
