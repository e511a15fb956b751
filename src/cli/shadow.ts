/** `sluice shadow`: how far shadow policies agree with the live ones, and how they take their place. */
import { readRecords, type StoredRecord } from "../audit/index.ts";
import { readConfig } from "../config.ts";
import { SluiceError } from "../errors.ts";
import type { Agreement } from "../evaluate/index.ts";
import { type AgreementReport, promotePolicies, reportAgreement } from "../shadow/index.ts";
import { ACTIONS } from "../types.ts";
import { toAuditDir } from "./audit-directory.ts";
import { EXIT } from "./context.ts";
import type { Register } from "./register.ts";
import { align } from "./table.ts";

interface ReportFlags {
	readonly audit: string | undefined;
	readonly all?: boolean;
	readonly json?: boolean;
}

interface PromoteFlags {
	readonly shadow: string | undefined;
	readonly policies: string | undefined;
}

/** Adds the commands. */
export const registerShadow: Register = (program, context, finish) => {
	const shadow = program.command("shadow").description("policies that judge beside the live ones without acting");
	shadow
		.command("report")
		.description("actions of the live policies against the shadow's, and differences of risks")
		.option("--audit <dir>", "where decisions are recorded (SLUICE_AUDIT_DIR)")
		.option("--all", "every pair of policies and models that was compared, not the last alone")
		.option("--json", "print the reports as JSON")
		.action(async (flags: ReportFlags) => {
			const reports = await reportAgreement(recordsOf(toAuditDir(context, flags.audit)));
			const shown = flags.all ? reports : reports.slice(-1);
			if (flags.json) context.stdout(`${JSON.stringify(shown)}\n`);
			else for (const report of shown) context.stdout(`${toLines(report).join("\n")}\n`);
			if (shown.length > 0) return;
			context.stderr("sluice: no shadow has judged anything yet\n");
			finish(EXIT.failed);
		});
	shadow
		.command("promote")
		.description(
			"put the shadow policies in place of the live ones, which are kept beside them; services read them by themselves",
		)
		.option("--shadow <dir>", "directory of the shadow policies (SLUICE_SHADOW_POLICIES)")
		.option("--policies <dir>", "directory of the live policies (SLUICE_POLICIES)")
		.action(async ({ shadow: shadowPolicies, policies }: PromoteFlags) => {
			const config = readConfig({ shadowPolicies, policies }, context.env);
			if (config.shadowPolicies === undefined)
				throw new SluiceError("invalid_config", {
					detail: "say which policies: --shadow DIR or SLUICE_SHADOW_POLICIES",
				});
			const { hash, before, backup } = await promotePolicies(config.shadowPolicies, config.policies);
			if (backup === undefined) context.stdout(`the live policies are the shadow's already: ${hash}\n`);
			else context.stdout(`live: ${hash}\nbefore: ${before ?? "not valid"}, kept in ${backup}\n`);
		});
};

async function* recordsOf(dir: string): AsyncGenerator<StoredRecord> {
	for await (const { record } of readRecords(dir)) yield record;
}

function toLines(report: AgreementReport): string[] {
	const { live, shadow, since, until, verdicts, policies, missed, onlyLive, onlyShadow } = report;
	const rows = Object.entries(policies).map(([id, agreement]) => toRow(id, agreement));
	return [
		`live    policies ${live.policies}, model ${live.model}`,
		`shadow  policies ${shadow.policies}, model ${shadow.model}`,
		`${since} to ${until}; ${missed.dropped} texts dropped, ${missed.failed} failed`,
		"",
		...align([
			["live \\ shadow", ...ACTIONS],
			...ACTIONS.map((action) => [action, ...ACTIONS.map((other) => String(verdicts.actions[action][other]))]),
		]),
		"",
		...align([
			["policy", "texts", "agreed", "milder", "stricter", "p05", "p50", "p95", "min", "max"],
			toRow("(verdict)", verdicts),
			...rows,
		]),
		...(onlyLive.length > 0 ? [`live only: ${onlyLive.join(", ")}`] : []),
		...(onlyShadow.length > 0 ? [`shadow only: ${onlyShadow.join(", ")}`] : []),
	];
}

function toRow(name: string, { texts, agreed, actions, differences }: Agreement): string[] {
	const sum = (holds: (live: number, shadow: number) => boolean): number =>
		ACTIONS.flatMap((live, a) => ACTIONS.map((shadow, b) => (holds(a, b) ? actions[live][shadow] : 0))).reduce(
			(x, y) => x + y,
			0,
		);
	const shown = (["p05", "p50", "p95", "min", "max"] as const).map((key) => differences?.[key].toFixed(3) ?? "-");
	return [
		name,
		String(texts),
		`${(agreed * 100).toFixed(1)} %`,
		String(sum((a, b) => b < a)),
		String(sum((a, b) => b > a)),
		...shown,
	];
}
