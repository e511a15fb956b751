/**
 * Whether a log is as it was written: every line's hash, every link, the anchor. Names each place where it is not. A log whose
 * old files were deleted begins with the record that its own `pruned` record names.
 */
import { readAnchor } from "./anchor.ts";
import { GENESIS, type Link, type ReadLine, readLine } from "./chain.ts";
import { listLogFiles, readRawLines, toLogPath } from "./log-files.ts";
import type { LogRecord } from "./record.ts";

/** Problems named at most; a log that is wrong from end to end needs no longer list. */
const MAX_PROBLEMS = 100;

/** Something wrong, and where. */
export interface AuditProblem {
	/** Name of the file, and the line in it, from 1; null where the problem is that something is not there. */
	readonly file: string | null;
	readonly line: number | null;
	/** What the record's number is or should be. */
	readonly seq: number | null;
	readonly problem: string;
}

/** What was found. */
export interface AuditReport {
	readonly isIntact: boolean;
	readonly files: number;
	readonly records: number;
	/** The link before the first record that is there: of an empty log's begin, or of what was deleted because of its age. */
	readonly first: Link;
	readonly last: Link;
	/** Anchors that the log was held against. */
	readonly anchors: number;
	/** Bytes after the last record: one that is being written, or was torn by a crash. */
	readonly unfinishedBytes: number;
	/** Decisions that went out unrecorded, as the log itself says. */
	readonly dropped: number;
	readonly problems: readonly AuditProblem[];
}

/** What to hold a log against beside its own anchor. */
export interface VerifyOptions {
	readonly anchors?: readonly Link[] | undefined;
}

/** Reads the whole log. Throws `invalid_request` where the directory or its anchor cannot be read. */
export async function verifyAuditLog(dir: string, { anchors = [] }: VerifyOptions = {}): Promise<AuditReport> {
	const own = await readAnchor(dir); // first: the log may grow meanwhile
	const check = new Verification([...(own === undefined ? [] : [own]), ...anchors]);
	const files = await listLogFiles(dir);
	for (const [index, file] of files.entries()) {
		let number = 0;
		for await (const { bytes, isWhole } of readRawLines(toLogPath(dir, file))) {
			number++;
			if (isWhole) check.take(bytes, { file, line: number });
			else check.unfinished(bytes.byteLength, { file, line: number, isLast: index === files.length - 1 });
		}
	}
	return check.report(files.length);
}

interface Place {
	readonly file: string;
	readonly line: number;
}

class Verification {
	readonly #anchors: readonly Link[];
	readonly #problems: AuditProblem[] = [];
	readonly #met = new Set<Link>();
	#first: Link | undefined;
	#last: Link = GENESIS;
	#records = 0;
	#dropped = 0;
	#unfinished = 0;
	#pruned: Link | undefined;

	constructor(anchors: readonly Link[]) {
		this.#anchors = anchors;
	}

	take(bytes: Buffer, place: Place): void {
		this.#records++;
		const line = readLine(bytes);
		if (line === undefined) {
			this.#complain(place, this.#last.seq + 1, "is no record any more");
			this.#last = { seq: this.#last.seq + 1, hash: "" };
			return;
		}
		if (!line.isIntact) this.#complain(place, line.seq, "was changed: its hash is not that of its bytes");
		this.#link(line, place);
		for (const anchor of this.#anchors) this.#compare(anchor, line, place);
		if (line.isIntact) this.#read(bytes, place);
		this.#last = { seq: line.seq, hash: line.hash };
	}

	unfinished(bytes: number, { isLast, ...place }: Place & { isLast: boolean }): void {
		if (isLast) this.#unfinished = bytes;
		else this.#complain(place, this.#last.seq + 1, "is cut off");
	}

	report(files: number): AuditReport {
		const first = this.#first ?? GENESIS;
		if (first.seq > 0 && (this.#pruned === undefined || this.#pruned.seq < first.seq))
			this.#note(
				1,
				`records 1 to ${first.seq} are missing, and no record says that they were deleted because of their age`,
			);
		for (const anchor of this.#anchors) {
			if (this.#met.has(anchor) || anchor.seq <= first.seq) continue;
			this.#note(
				this.#last.seq + 1,
				`records ${this.#last.seq + 1} to ${anchor.seq} are missing: an anchor names the last of them`,
			);
		}
		return {
			isIntact: this.#problems.length === 0,
			files,
			records: this.#records,
			first,
			last: this.#last,
			anchors: this.#anchors.length,
			unfinishedBytes: this.#unfinished,
			dropped: this.#dropped,
			problems: this.#problems,
		};
	}

	#link({ seq, prev }: ReadLine, place: Place): void {
		if (this.#first === undefined) {
			this.#first = { seq: seq - 1, hash: prev };
			if (seq === 1 && prev !== GENESIS.hash) this.#complain(place, seq, "does not begin a log");
			return;
		}
		const due = this.#last.seq + 1;
		if (seq > due)
			this.#complain(place, seq, `follows record ${due - 1}: ${span(due, seq - 1)} missing or out of place`);
		else if (seq < due) this.#complain(place, seq, `follows record ${due - 1}: it is out of place, or was put in`);
		else if (this.#last.hash !== "" && prev !== this.#last.hash)
			this.#complain(place, seq, `does not continue record ${due - 1}: one of the two was put in or written anew`);
	}

	#compare(anchor: Link, { seq, hash }: ReadLine, place: Place): void {
		if (anchor.seq !== seq) return;
		this.#met.add(anchor);
		if (anchor.hash !== hash)
			this.#complain(place, seq, "is not the record that an anchor names: the log was written anew");
	}

	#read(bytes: Buffer, place: Place): void {
		if (bytes.includes('"kind":"decision"')) return;
		const record = parseLogRecord(bytes);
		if (record === undefined) {
			this.#complain(place, this.#last.seq + 1, "is no record: it was not written by this log");
			return;
		}
		if (record.kind === "dropped") this.#dropped += record.records;
		if (record.kind === "lost")
			this.#complain(
				place,
				record.seq,
				`says that ${span(record.seq, record.through)} lost from the end before the log was opened`,
			);
		if (record.kind !== "pruned") return;
		this.#pruned = { seq: record.through, hash: record.through_hash };
		const { seq, hash } = this.#first ?? GENESIS;
		if (record.through === seq && record.through_hash !== hash)
			this.#complain(place, record.seq, "names another record before the first one than the first one does");
	}

	#complain({ file, line }: Place, seq: number, problem: string): void {
		if (this.#problems.length < MAX_PROBLEMS)
			this.#problems.push({ file, line, seq, problem: `record ${seq} ${problem}` });
	}

	#note(seq: number, problem: string): void {
		this.#problems.push({ file: null, line: null, seq, problem });
	}
}

function span(from: number, to: number): string {
	return from >= to ? `record ${to} is` : `records ${from} to ${to} are`;
}

function parseLogRecord(bytes: Buffer): (LogRecord & { readonly seq: number }) | undefined {
	try {
		return JSON.parse(bytes.toString()) as LogRecord & { readonly seq: number };
	} catch {
		return undefined;
	}
}
