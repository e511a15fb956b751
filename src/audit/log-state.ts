/** Where a log that is there already ends: what its next record continues. A crash leaves half a line at most, which is cut off. */
import { rm, truncate } from "node:fs/promises";
import { SluiceError } from "../errors.ts";
import { readAnchor } from "./anchor.ts";
import { GENESIS, type Link, readLine } from "./chain.ts";
import { listLogFiles, readFileEnd, readFirstLine, toLogPath } from "./log-files.ts";

/** See the header. */
export interface LogState {
	readonly link: Link;
	/** The file to go on with, its length in bytes, and when it was begun; none where the log is empty. */
	readonly file: { readonly name: string; readonly bytes: number; readonly begunMs: number } | undefined;
	readonly tornBytes: number;
	/** The anchor beside the log, where it names a record that is not there. */
	readonly lost: Link | undefined;
}

/** Reads it, and cuts off what was torn. Throws `invalid_config` where the last record is not intact. */
export async function recoverLog(dir: string): Promise<LogState> {
	const anchor = await readAnchor(dir);
	let tornBytes = 0;
	for (const name of (await listLogFiles(dir)).reverse()) {
		const path = toLogPath(dir, name);
		const end = await readFileEnd(path);
		tornBytes += end.tornBytes;
		if (end.line === undefined) {
			await rm(path); // nothing of it was ever whole
			continue;
		}
		const line = readLine(end.line);
		if (!line?.isIntact) throw damaged(dir);
		if (end.tornBytes > 0) await truncate(path, end.wholeBytes);
		const { seq, hash } = line;
		const file = { name, bytes: end.wholeBytes, begunMs: await readBegun(path) };
		return { link: { seq, hash }, file, tornBytes, lost: lostOf(anchor, seq) };
	}
	return { link: GENESIS, file: undefined, tornBytes, lost: lostOf(anchor, 0) };
}

/** What the first line of a file says, or undefined where it cannot be read. */
export async function readFileHead(path: string): Promise<{ link: Link; prev: string; atMs: number } | undefined> {
	const bytes = await readFirstLine(path);
	const line = bytes && readLine(bytes);
	if (bytes === undefined || !line?.isIntact) return undefined;
	const { at } = JSON.parse(bytes.toString()) as { at: string };
	return { link: { seq: line.seq, hash: line.hash }, prev: line.prev, atMs: Date.parse(at) };
}

async function readBegun(path: string): Promise<number> {
	return (await readFileHead(path))?.atMs ?? 0;
}

function lostOf(anchor: Link | undefined, seq: number): Link | undefined {
	return anchor !== undefined && anchor.seq > seq ? anchor : undefined;
}

function damaged(dir: string): SluiceError {
	return new SluiceError("invalid_config", {
		detail: `the last record of the audit log in ${dir} is damaged: see what "sluice audit verify" says, and keep it; a new directory begins a new log`,
	});
}
