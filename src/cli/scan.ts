/** `sluice scan`: judges every line of a file, a directory or stdin, and goes on where it was cut off. */
import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import type { Command } from "commander";
import { type Config, readConfig } from "../config.ts";
import { isSluiceError, SluiceError } from "../errors.ts";
import type { Moderator } from "../moderator.ts";
import {
	countErrors,
	FORMATS,
	type FormatName,
	findStart,
	openInputs,
	runScan,
	type ScanParts,
	type ScanReport,
	type StartMode,
	toHistogramSvg,
	toScanFiles,
} from "../scan/index.ts";
import { type CliContext, EXIT } from "./context.ts";
import { addModelOptions, type SettingFlags, toSettingFlags } from "./options.ts";
import { createProgress } from "./progress.ts";
import { readBytes } from "./read-lines.ts";
import type { Register } from "./register.ts";
import { formatScan, toScanTable } from "./scan-report.ts";
import { createRateMeter } from "./transfer.ts";
import { aborted, untilStopped } from "./until-stopped.ts";

interface ScanFlags extends SettingFlags {
	readonly out: string;
	readonly policy?: readonly string[];
	readonly field: string;
	readonly format?: string;
	readonly redis?: string;
	readonly resume?: boolean;
	readonly force?: boolean;
	readonly json?: boolean;
	readonly histogram?: string;
}

/** Adds the command. */
export const registerScan: Register = (program, context, finish) => {
	const command = program
		.command("scan")
		.description("judge every line of a file, of the files of a directory, or of stdin")
		.argument("<from>", "file, directory, or - for stdin; names ending in .xz are decompressed")
		.requiredOption("--out <file>", "results as JSON lines in the order of the input; appears when it is complete")
		.option("--policy <id...>", "policies that count; default: all")
		.option("--field <name>", "JSON field (or JSON pointer) or CSV column of the text", "text")
		.option("--format <format>", `${Object.keys(FORMATS).join(", ")}; default: by the name of the file`)
		.option("--redis <url>", "let the workers on this Redis judge (SLUICE_REDIS_URL)")
		.option("--resume", "go on with a scan that was cut off")
		.option("--force", "start anew, and replace what is there")
		.option("--json", "print the summary as JSON")
		.option("--histogram <file.svg>", "draw the risks per policy");
	addFlagsHelp(addModelOptions(command)).action(async (from: string, flags: ScanFlags) => {
		const config = readConfig({ redisUrl: flags.redis, ...toSettingFlags(flags) }, context.env);
		const [format, mode] = [parseFormat(flags.format), parseMode(flags)];
		finish(await runCommand(context, config, { from, flags, format, mode }));
	});
};

function addFlagsHelp(command: Command): Command {
	return command.addHelpText(
		"after",
		"\nUntil it is complete, the output lies in OUT.part, with OUT.journal beside it; --resume needs both.",
	);
}

interface Checked {
	readonly from: string;
	readonly flags: ScanFlags;
	readonly format: FormatName | undefined;
	readonly mode: StartMode;
}

/** Runs the command and resolves to its exit code. What can be refused is refused before a model is loaded. */
async function runCommand(context: CliContext, config: Config, checked: Checked): Promise<number> {
	const { flags, from, format, mode } = checked;
	const files = toScanFiles(flags.out);
	await findStart(files, mode);
	const exclude = [...Object.values(files), `${files.journal}.next`].map((path) => resolve(path));
	const inputs = await openInputs({ from, format, stdin: context.stdin, decompress: readBytes, exclude });
	const opened = await context.openScanModerator(config, flags.policy);
	let began = 0;
	try {
		const report = await stoppable(async (stop) => {
			await Promise.race([opened.moderator.ready(), aborted(stop)]);
			began = performance.now();
			return scan(context, { inputs, files, ...opened }, { flags, mode, stop });
		});
		if (report === undefined) {
			context.stderr(`sluice: interrupted; the same command with --resume goes on with ${flags.out}\n`);
			return EXIT.interrupted;
		}
		if (flags.histogram !== undefined) await drawHistogram(flags.histogram, { from, report, ...opened });
		return tell(context, flags, { report, seconds: (performance.now() - began) / 1000 });
	} finally {
		if (from === "-") context.stdin.destroy?.(); // a read that is under way would keep the process
		await opened.close();
	}
}

/** Undefined where Ctrl-C or SIGTERM ended the work. */
async function stoppable<T>(work: (stop: AbortSignal) => Promise<T>): Promise<T | undefined> {
	let result: T | undefined;
	await untilStopped(async (stop) => {
		try {
			result = await work(stop);
		} catch (error) {
			if (!stop.aborted || !isSluiceError(error) || error.code !== "aborted") throw error;
		}
	});
	return result;
}

async function scan(
	context: CliContext,
	parts: ScanParts,
	of: { readonly flags: ScanFlags; readonly mode: StartMode; readonly stop: AbortSignal },
): Promise<ScanReport> {
	const { flags, mode, stop } = of;
	if (stop.aborted) throw new SluiceError("aborted", { detail: "the scan was interrupted" });
	const progress = createProgress(context);
	const [rows, bytes] = [createRateMeter(), createRateMeter()];
	try {
		return await runScan(parts, {
			...{ mode, field: flags.field, policies: flags.policy, signal: stop },
			onProgress(now) {
				const rates = { rowsPerSecond: rows(now.tally.rows), bytesPerSecond: bytes(now.bytes) };
				progress.show(formatScan(now, rates));
			},
		});
	} finally {
		progress.end();
	}
}

async function drawHistogram(
	path: string,
	{ from, report, moderator }: { from: string; report: ScanReport; moderator: Moderator },
): Promise<void> {
	const policies = moderator.policies.filter(({ id }) => id in report.tally.policies);
	const subtitle = `${report.tally.rows} rows, ${countErrors(report.tally)} errors; texts per range of risk, logarithmic`;
	const svg = toHistogramSvg(report.tally, policies, { title: `Risks in ${basename(from)}`, subtitle });
	try {
		await mkdir(dirname(path), { recursive: true });
		await writeFile(path, svg);
	} catch (cause) {
		throw new SluiceError("invalid_request", { detail: `cannot write ${path}`, cause });
	}
}

function tell(
	context: CliContext,
	{ out, json }: ScanFlags,
	{ report, seconds }: { report: ScanReport; seconds: number },
): number {
	const { tally, ...facts } = report;
	const summary = { out, ...facts, seconds: Math.round(seconds * 1000) / 1000, ...tally };
	context.stdout(json ? `${JSON.stringify(summary)}\n` : `${toScanTable(report, out, seconds).join("\n")}\n`);
	if (tally.rows === 0 || countErrors(tally) < tally.rows) return EXIT.allowed;
	context.stderr("sluice: no row could be judged\n");
	return EXIT.failed;
}

function parseFormat(value: string | undefined): FormatName | undefined {
	if (value === undefined || Object.hasOwn(FORMATS, value)) return value as FormatName | undefined;
	throw new SluiceError("invalid_request", { detail: `--format must be one of ${Object.keys(FORMATS).join(", ")}` });
}

function parseMode({ resume = false, force = false }: ScanFlags): StartMode {
	if (resume && force)
		throw new SluiceError("invalid_request", { detail: "--resume goes on and --force starts anew: give one of them" });
	return resume ? "resume" : force ? "force" : "fresh";
}
