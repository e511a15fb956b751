/**
 * A scan: inputs -> groups -> moderator -> results in the order of the input, in constant memory. It can be cut off anywhere
 * and goes on where its output is durable. Knows no terminal and no model.
 */
import { createHash } from "node:crypto";
import { withLock } from "../engine/file-lock.ts";
import { SluiceError } from "../errors.ts";
import type { Moderator } from "../moderator.ts";
import { DISK, type Disk, toScanDiskError } from "./disk.ts";
import { mapInOrder } from "./in-order.ts";
import type { ScanInput } from "./inputs.ts";
import { type ItemGroup, type Outcome, type Position, START } from "./item.ts";
import { checkSettings, type Journal } from "./journal.ts";
import { createJudge, type JudgeParts } from "./judge.ts";
import { findStart, nameOutput, openOutput, type ScanFiles, type ScanOutput, type StartMode } from "./output.ts";
import { createPace, type Pace } from "./pace.ts";
import { checkHeaders, type ReadOptions, readGroups } from "./read-groups.ts";
import { toResultLines } from "./result-lines.ts";
import { countGroup, createTally, type Tally } from "./tally.ts";

/** What is scanned, with what, to where. */
export interface ScanParts {
	readonly inputs: readonly ScanInput[];
	readonly moderator: Pick<Moderator, "moderate" | "maxCharacters" | "policies" | "model" | "load">;
	readonly files: ScanFiles;
}

/** How it is scanned. */
export interface ScanOptions {
	/** Ids of the policies that count; all where undefined. */
	readonly policies?: readonly string[] | undefined;
	/** Name of what holds the text. */
	readonly field: string;
	readonly mode: StartMode;
	/** What else the results depend on; must be the same when the scan goes on. */
	readonly settings?: Readonly<Record<string, string>> | undefined;
	/** Ends the scan, which can then go on later. */
	readonly signal?: AbortSignal | undefined;
	onProgress?(progress: ScanProgress): void;
	readonly groupItems?: number | undefined;
	readonly groupBytes?: number | undefined;
	readonly maxRecordBytes?: number | undefined;
	readonly checkpointMs?: number | undefined;
	readonly checkpointBytes?: number | undefined;
	readonly disk?: Disk | undefined;
	readonly pause?: JudgeParts["pause"];
	readonly patienceMs?: number | undefined;
}

/** How far a scan is. */
export interface ScanProgress {
	/** Bytes of the inputs before the last result. */
	readonly bytes: number;
	/** Undefined where the length of an input is not known. */
	readonly totalBytes: number | undefined;
	readonly tally: Tally;
	/** Groups that the model may get at once. */
	readonly inFlight: number;
}

/** What a scan came to, parts before an interruption included. */
export interface ScanReport {
	readonly tally: Tally;
	readonly files: number;
	readonly outputBytes: number;
	/** Rows that were done before this process began. */
	readonly rowsBefore: number;
}

/** Longest record for a text of so many UTF-16 code units: JSON may take six bytes for one. */
const BYTES_PER_CHARACTER = 6;
const OTHER_FIELDS_BYTES = 8 * 1024 * 1024;

/**
 * Scans. Rejects with `aborted` when the signal does, with `invalid_request` where it must not start or go on, else with what
 * the model or the disk could not do; unless it must not start, `mode: "resume"` then goes on.
 */
export async function runScan(parts: ScanParts, options: ScanOptions): Promise<ScanReport> {
	let held = false;
	const scanHeld = (): Promise<ScanReport> => {
		held = true;
		return scan(parts, options);
	};
	return withLock(parts.files.lock, scanHeld, { waitMs: -1 }).catch((error: unknown) => {
		if (held || (error instanceof Error && "syscall" in error)) throw toScanDiskError(error, parts.files.out);
		throw new SluiceError("invalid_request", { detail: `another process is scanning to ${parts.files.out}` });
	});
}

async function scan(parts: ScanParts, options: ScanOptions): Promise<ScanReport> {
	const { inputs, files, moderator } = parts;
	const { disk = DISK, mode, signal = new AbortController().signal } = options;
	const policies = selectPolicies(moderator.policies, options.policies);
	const reading = toReadOptions(options, moderator.maxCharacters);
	const settings = { ...describe(parts, options, reading), ...options.settings };
	const before = await findStart(files, mode);
	if (before !== undefined) checkSettings(before, settings);
	await checkHeaders(inputs, reading);
	const tally = before?.tally ?? createTally(policies);
	const report = { tally, files: inputs.length, rowsBefore: before?.tally.rows ?? 0 };
	if (before?.complete) {
		await nameOutput(disk, files);
		return { ...report, outputBytes: before.outputBytes };
	}
	const start = before ?? { position: START, outputBytes: 0 };
	const output = await openOutput({
		...{ disk, files, settings, tally, start },
		checkpointMs: options.checkpointMs ?? 2000,
		checkpointBytes: options.checkpointBytes ?? 64 * 1024 * 1024,
	});
	try {
		await pass({ ...parts, policies, reading, output, tally, start }, options, signal);
		await output.complete();
		return { ...report, outputBytes: output.bytes };
	} finally {
		await output.close();
	}
}

interface Pass extends ScanParts {
	readonly policies: ReadonlySet<string>;
	readonly reading: ReadOptions;
	readonly output: ScanOutput;
	readonly tally: Tally;
	readonly start: Pick<Journal, "position">;
}

interface Judged {
	readonly group: ItemGroup;
	readonly outcomes: readonly Outcome[];
}

/** Takes everything from the start to the end of the inputs. */
async function pass(of: Pass, options: ScanOptions, signal: AbortSignal): Promise<void> {
	const { inputs, reading, output, tally } = of;
	const pace = createPace(reading.groupItems);
	const advance = createAdvance(inputs);
	const judged = judgeInOrder(of, pace, { options, signal });
	const next = async (): Promise<Judged | undefined> => {
		try {
			const { value, done } = await judged.next();
			return done ? undefined : value;
		} catch (error) {
			await output.checkpoint(); // what stands before the failure need not be judged again
			if (!signal.aborted) throw error;
			throw new SluiceError("aborted", { detail: "the scan was interrupted", cause: error });
		}
	};
	try {
		for (let done = await next(); done !== undefined; done = await next()) {
			const { group, outcomes } = done;
			countGroup(tally, group, outcomes);
			await output.append(toResultLines(inputs[group.end.file]!.name, group.items, outcomes), group.end);
			pace.end(group.bytes);
			options.onProgress?.({ ...advance(group.end), tally, inFlight: pace.limit });
		}
	} finally {
		await judged.return(undefined);
	}
}

function judgeInOrder(
	of: Pass,
	pace: Pace,
	{ options, signal }: { options: ScanOptions; signal: AbortSignal },
): AsyncGenerator<Judged, void, undefined> {
	const { inputs, moderator, policies, reading, start } = of;
	const { pause, patienceMs } = options;
	const judge = createJudge({ moderator, policies, onOverload: () => pace.overloaded(), pause, patienceMs });
	return mapInOrder(readGroups(inputs, start.position, reading), {
		signal,
		mayStart: (running, held) => pace.mayStart(running, held),
		async work(group: ItemGroup, stop): Promise<Judged> {
			pace.begin(group.bytes);
			const outcomes = await judge(group.items, stop);
			pace.judged(group.bytes, moderator.load());
			return { group, outcomes };
		},
	});
}

/** Throws `invalid_request` for an id that is no policy. */
function selectPolicies(known: Moderator["policies"], ids: readonly string[] | undefined): ReadonlySet<string> {
	const names = known.map(({ id }) => id);
	const wrong = ids?.find((id) => !names.includes(id));
	if (wrong === undefined) return new Set(ids ?? names);
	throw new SluiceError("invalid_request", {
		detail: `${JSON.stringify(wrong)} is not a policy; the policies are ${names.join(", ")}`,
	});
}

function toReadOptions(options: ScanOptions, maxCharacters: number): ReadOptions {
	return {
		field: options.field,
		groupItems: options.groupItems ?? 64,
		groupBytes: options.groupBytes ?? 256 * 1024,
		maxRecordBytes: options.maxRecordBytes ?? maxCharacters * BYTES_PER_CHARACTER + OTHER_FIELDS_BYTES,
	};
}

/** Everything that results depend on, by the names that a person knows. */
function describe(
	{ inputs, moderator }: ScanParts,
	options: ScanOptions,
	reading: ReadOptions,
): Record<string, string> {
	const selected = selectPolicies(moderator.policies, options.policies);
	const policies = moderator.policies.filter(({ id }) => selected.has(id));
	return {
		input: digest(inputs.map(({ identity }) => identity)),
		format: digest(inputs.map(({ format }) => format.extensions)),
		"--field": options.field,
		policies: digest(policies),
		model: moderator.model.hash,
		"longest text": `${moderator.maxCharacters} characters, ${reading.maxRecordBytes} bytes`,
	};
}

function digest(value: unknown): string {
	return createHash("sha256").update(JSON.stringify(value)).digest("hex");
}

/** Places in the inputs as bytes of all of them. */
function createAdvance(
	inputs: readonly ScanInput[],
): (position: Position) => Pick<ScanProgress, "bytes" | "totalBytes"> {
	const known = inputs.every(({ bytes }) => bytes !== undefined);
	const before: number[] = [0];
	for (const { bytes } of inputs) before.push(before.at(-1)! + (bytes ?? 0));
	const totalBytes = known ? before.at(-1) : undefined;
	return ({ file, offset }) => ({ bytes: before[file]! + offset, totalBytes });
}
