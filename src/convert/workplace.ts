/**
 * The directory in which a conversion grows, beside where it will go. Its name says what is converted and by which process,
 * so that a killed conversion is taken over by the next of the same kind, by renaming: only one process succeeds in that.
 */
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { appendFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { WrittenGroup } from "../onnx/index.ts";
import type { TensorDigests } from "./tensor-hashes.ts";

const JOURNAL = "journal.jsonl";
/** Ends the name under which an earlier result is moved aside. */
export const REPLACED = ".old";
/** The data file of all graphs. */
export const WEIGHTS = "weights.data";
/** A process on another machine shows itself by its journal only. */
const SILENT_MS = 600_000;

/** What is known after a group of weights was written. */
export interface JournalEntry {
	readonly group: WrittenGroup;
	/** Of source tensors, those that were not known before. */
	readonly digests: TensorDigests;
}

/** A directory that belongs to one conversion. */
export interface Workplace {
	readonly directory: string;
	/** What an earlier process got done. */
	readonly entries: readonly JournalEntry[];
	note(entry: JournalEntry): Promise<void>;
	/** Takes away what is not part of the result. */
	finish(): Promise<void>;
}

/**
 * Opens a workplace `.<stem>....tmp` in `parent` for the conversion that `identity` stands for. Takes away those of other
 * conversions with the same stem whose process is gone.
 */
export async function openWorkplace(parent: string, stem: string, identity: string): Promise<Workplace> {
	await mkdir(parent, { recursive: true });
	const prefix = `.${stem}.`;
	const key = identity.slice(0, 16);
	const directory = join(parent, `${prefix}${key}.${machine()}-${process.pid}-${randomBytes(4).toString("hex")}.tmp`);
	let taken = false;
	for (const name of await readdir(parent)) {
		const owner = name.startsWith(prefix) ? OWNER.exec(name.slice(prefix.length)) : null;
		if (owner === null || !(await isAbandoned(join(parent, name), owner))) continue;
		const mayHold = owner[1] === key && !name.endsWith(REPLACED);
		if (!taken && mayHold) taken = await tryRename(join(parent, name), directory);
		else await rm(join(parent, name), { recursive: true, force: true });
	}
	const entries = taken ? await readJournal(directory) : [];
	if (entries.length === 0) await rm(directory, { recursive: true, force: true });
	await mkdir(directory, { recursive: true });
	for (const name of await readdir(directory))
		if (name !== WEIGHTS && name !== JOURNAL) await rm(join(directory, name));
	const journal = join(directory, JOURNAL);
	await writeFile(journal, entries.map(toLine).join(""));
	return {
		directory,
		entries,
		note: (entry) => appendFile(journal, toLine(entry)),
		finish: () => rm(journal),
	};
}

/** Key, machine, process; of a workplace or of what was moved aside for its result. */
const OWNER = /^([0-9a-f]{16})\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.tmp(?:\.old)?$/;

function machine(): string {
	return createHash("sha256").update(hostname()).digest("hex").slice(0, 8);
}

async function isAbandoned(directory: string, [, , on, pid]: RegExpExecArray): Promise<boolean> {
	const touched = await stat(join(directory, JOURNAL)).catch(() => stat(directory).catch(() => undefined));
	if (touched === undefined) return false; // gone by now
	if (on !== machine()) return touched.mtimeMs < Date.now() - SILENT_MS;
	// In a container every process may have the same number
	if (Number(pid) === process.pid) return touched.mtimeMs < Date.now() - process.uptime() * 1000;
	try {
		process.kill(Number(pid), 0);
		return false;
	} catch (error) {
		return error instanceof Error && "code" in error && error.code === "ESRCH";
	}
}

async function tryRename(from: string, to: string): Promise<boolean> {
	return rename(from, to).then(
		() => true,
		() => false,
	);
}

async function readJournal(directory: string): Promise<JournalEntry[]> {
	if (!existsSync(join(directory, WEIGHTS))) return [];
	const text = await readFile(join(directory, JOURNAL), "utf8").catch(() => "");
	const entries: JournalEntry[] = [];
	for (const line of text.split("\n").slice(0, -1)) {
		try {
			entries.push(JSON.parse(line));
		} catch {
			break; // what comes after a damaged line is done again
		}
	}
	return entries;
}

function toLine(entry: JournalEntry): string {
	return `${JSON.stringify(entry)}\n`;
}
