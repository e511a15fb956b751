/** Records of a log as they are on disk, those that meet a filter; and records for programs. */
import { listLogFiles, readRawLines, toLogPath } from "./log-files.ts";
import type { AuditRecord, DecisionRecord } from "./record.ts";

/** All of it must hold; what is left out holds for every record. */
export interface AuditFilter {
	readonly kind?: string | undefined;
	/** Ms since 1970, from (inclusive) and until (exclusive). */
	readonly sinceMs?: number | undefined;
	readonly untilMs?: number | undefined;
	readonly action?: string | undefined;
	/** A policy that flagged or blocked. */
	readonly policy?: string | undefined;
	readonly surface?: string | undefined;
	readonly tenant?: string | undefined;
	readonly key?: string | undefined;
	readonly request?: string | undefined;
	readonly batch?: string | undefined;
	/** Of the judged text, as the installation's key gives it. */
	readonly hmac?: string | undefined;
}

/** A record as read, with its place in the chain. */
export type StoredRecord = AuditRecord & { readonly seq: number; readonly hash: string };

/** The lines, without their line breaks, and what they hold. Lines that are no JSON are passed over: verifying names them. */
export async function* readRecords(
	dir: string,
	filter: AuditFilter = {},
): AsyncGenerator<{ readonly line: string; readonly record: StoredRecord }, void, void> {
	for (const name of await listLogFiles(dir)) {
		for await (const { bytes, isWhole } of readRawLines(toLogPath(dir, name))) {
			if (!isWhole) continue;
			const line = bytes.toString();
			const record = parseRecord(line);
			if (record !== undefined && meets(record, filter)) yield { line, record };
		}
	}
}

function parseRecord(line: string): StoredRecord | undefined {
	try {
		return JSON.parse(line) as StoredRecord;
	} catch {
		return undefined;
	}
}

const EQUAL = ["kind", "action", "surface", "tenant", "key", "request", "batch"] as const;

function meets(record: StoredRecord, filter: AuditFilter): boolean {
	const of = record as Partial<DecisionRecord>;
	if (EQUAL.some((name) => filter[name] !== undefined && filter[name] !== of[name])) return false;
	if (filter.hmac !== undefined && filter.hmac !== of.text?.hmac) return false;
	const { sinceMs, untilMs, policy } = filter;
	if (policy !== undefined && !of.policies?.some((p) => p.policy === policy && p.action !== "allow")) return false;
	if (sinceMs === undefined && untilMs === undefined) return true;
	const at = Date.parse(record.at);
	return at >= (sinceMs ?? Number.NEGATIVE_INFINITY) && at < (untilMs ?? Number.POSITIVE_INFINITY);
}
