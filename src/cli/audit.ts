/** `sluice audit`: look at the record of decisions, check it, take parts of it out, delete what is old. */
import type { Command } from "commander";
import {
	type AuditFilter,
	type AuditReport,
	createTextHash,
	formatAnchor,
	openAuditLog,
	parseAnchor,
	readKey,
	readRecords,
	verifyAuditLog,
} from "../audit/index.ts";
import { SluiceError } from "../errors.ts";
import { createLog } from "../log.ts";
import { toAuditDir } from "./audit-directory.ts";
import { EXIT } from "./context.ts";
import type { Register } from "./register.ts";

const DAY_MS = 86_400_000;

interface DirFlags {
	readonly audit: string | undefined;
}

interface VerifyFlags extends DirFlags {
	readonly anchor?: readonly string[];
	readonly json?: boolean;
}

interface ExportFlags extends DirFlags, Omit<AuditFilter, "sinceMs" | "untilMs" | "hmac"> {
	readonly since?: string;
	readonly until?: string;
	readonly text?: string;
}

/** Adds the commands. */
export const registerAudit: Register = (program, context, finish) => {
	const audit = program
		.command("audit")
		.description("the record of decisions: check it, take parts out, delete old ones");
	const add = (name: string, description: string): Command =>
		audit
			.command(name)
			.description(description)
			.option("--audit <dir>", "where decisions are recorded (SLUICE_AUDIT_DIR)");
	add(
		"verify",
		"find records that were changed, taken out, put in or swapped: exit code 0 when there are none, 3 otherwise",
	)
		.option("--anchor <seq:hash...>", "links noted down elsewhere, as the service's log repeats them")
		.option("--json", "print the report as JSON")
		.action(async (flags: VerifyFlags) => {
			const anchors = flags.anchor?.map(parseAnchor);
			const report = await verifyAuditLog(toAuditDir(context, flags.audit), { anchors });
			context.stdout(flags.json ? `${JSON.stringify(report)}\n` : `${toLines(report).join("\n")}\n`);
			if (!report.isIntact) finish(EXIT.failed);
		});
	addFilters(add("export", "print records as JSON lines, as they are on disk")).action(async (flags: ExportFlags) => {
		const dir = toAuditDir(context, flags.audit);
		for await (const { line } of readRecords(dir, await toFilter(dir, flags))) context.stdout(`${line}\n`);
	});
	add(
		"prune",
		"delete files whose records are all older than so many days; the service does so by itself, see SLUICE_AUDIT_KEEP_DAYS",
	)
		.requiredOption("--days <n>", "age in days")
		.action(async (flags: DirFlags & { readonly days: string }) => {
			const files = await prune(toAuditDir(context, flags.audit), flags.days);
			context.stdout(`${files} ${files === 1 ? "file" : "files"} deleted\n`);
		});
};

function addFilters(command: Command): Command {
	return command
		.option("--since <time>", "from this time on, as 2026-01-31 or 2026-01-31T12:00:00Z")
		.option("--until <time>", "before this time")
		.option("--kind <kind>", "decision, shadow, or what the log says of itself: opened, file, dropped, pruned, lost")
		.option("--action <action>", "allow, flag or block")
		.option("--policy <id>", "a policy that flagged or blocked")
		.option("--surface <route>", "the door, as /v1/moderations")
		.option("--tenant <name>", "whose texts")
		.option("--key <id>", "whose key")
		.option("--request <id>", "one request")
		.option("--batch <id>", "one batch")
		.option("--text <text>", "decisions about exactly this text; its hash is compared");
}

async function toFilter(dir: string, { since, until, text, ...rest }: ExportFlags): Promise<AuditFilter> {
	const { kind, action, policy, surface, tenant, key, request, batch } = rest;
	const hmac = text === undefined ? undefined : createTextHash(await readKey(dir)).whole(text);
	return {
		...{ kind, action, policy, surface, tenant, key, request, batch, hmac },
		sinceMs: since === undefined ? undefined : toTime(since, "--since"),
		untilMs: until === undefined ? undefined : toTime(until, "--until"),
	};
}

function toTime(text: string, flag: string): number {
	const ms = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
	if (!Number.isNaN(ms)) return ms;
	throw new SluiceError("invalid_request", { detail: `${flag} must be a time as 2026-01-31 or 2026-01-31T12:00:00Z` });
}

async function prune(dir: string, days: string): Promise<number> {
	if (!/^[1-9]\d{0,4}$/.test(days))
		throw new SluiceError("invalid_request", { detail: "--days must be a whole number from 1 up" });
	const log = await openAuditLog(dir, { log: createLog({ level: "error" }), keepMs: Number(days) * DAY_MS });
	try {
		return await log.prune();
	} finally {
		await log.close();
	}
}

function toLines(report: AuditReport): string[] {
	const { problems, records, files, first, last, anchors, unfinishedBytes, dropped } = report;
	const lines = [
		`${records} records in ${files} ${files === 1 ? "file" : "files"}, ${first.seq + 1} to ${last.seq}`,
		...(first.seq > 0 ? [`records 1 to ${first.seq} were deleted because of their age`] : []),
		anchors === 0 ? "no anchor: whether the end is complete, nobody can tell" : `held against ${anchors} anchors`,
		...(dropped > 0 ? [`${dropped} decisions went out unrecorded, as the log itself says`] : []),
		...(unfinishedBytes > 0
			? [`${unfinishedBytes} bytes after the last record: it is being written, or a crash tore it`]
			: []),
	];
	if (problems.length === 0) return [...lines, `intact; last anchor ${formatAnchor(last)}`];
	const found = problems.map(({ file, line, problem }) => (file === null ? problem : `${file}:${line}: ${problem}`));
	return [...lines, `NOT INTACT: ${problems.length} ${problems.length === 1 ? "problem" : "problems"}`, ...found];
}
