/** A batch as a row: names and types of SQLite on one side, ours on the other. */
import type { Grant } from "../types.ts";
import type { BatchOutcome, BatchProblem, BatchRecord, BatchState, BatchStatus, NewBatch } from "./batch-record.ts";
import type { Value } from "./database.ts";

/** A row of the table of batches. */
export interface BatchRow {
	seq: number;
	id: string;
	tenant: string;
	endpoint: string;
	input_file: string;
	completion_window: string;
	output_expires_ms: number | null;
	metadata: string | null;
	grant: string | null;
	status: BatchStatus;
	outcome: BatchOutcome | null;
	created_ms: number;
	expires_ms: number;
	in_progress_ms: number | null;
	finalizing_ms: number | null;
	completed_ms: number | null;
	failed_ms: number | null;
	expired_ms: number | null;
	cancelling_ms: number | null;
	cancelled_ms: number | null;
	total: number;
	completed: number;
	failed: number;
	output_file: string | null;
	error_file: string | null;
	errors: string | null;
	next_offset: number;
	next_line: number;
	next_chunk: number;
	fed: number;
}

/** The record a row holds. */
export function toBatch(row: BatchRow): BatchRecord {
	return {
		seq: row.seq,
		id: row.id,
		tenant: row.tenant,
		endpoint: row.endpoint,
		inputFile: row.input_file,
		completionWindow: row.completion_window,
		outputExpiresMs: row.output_expires_ms,
		metadata: parseOrNull<Record<string, string>>(row.metadata),
		grant: parseOrNull<Grant>(row.grant),
		status: row.status,
		outcome: row.outcome,
		createdMs: row.created_ms,
		expiresMs: row.expires_ms,
		inProgressMs: row.in_progress_ms,
		finalizingMs: row.finalizing_ms,
		completedMs: row.completed_ms,
		failedMs: row.failed_ms,
		expiredMs: row.expired_ms,
		cancellingMs: row.cancelling_ms,
		cancelledMs: row.cancelled_ms,
		total: row.total,
		completed: row.completed,
		failed: row.failed,
		outputFile: row.output_file,
		errorFile: row.error_file,
		errors: parseOrNull<BatchProblem[]>(row.errors),
		nextOffset: row.next_offset,
		nextLine: row.next_line,
		nextChunk: row.next_chunk,
		fed: row.fed === 1,
	};
}

/** Columns and values of what is given: `inProgressMs` is `in_progress_ms`. Names come from our own types, never from outside. */
export function toColumns(of: NewBatch | Partial<BatchState>): Record<string, Value> {
	const entries = Object.entries(of).map(([key, value]) => [
		key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
		toValue(value as boolean | number | string | object | null),
	]);
	return Object.fromEntries(entries) as Record<string, Value>;
}

function toValue(value: boolean | number | string | object | null): Value {
	if (typeof value === "boolean") return value ? 1 : 0;
	return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}

function parseOrNull<T>(text: string | null): T | null {
	return text === null ? null : (JSON.parse(text) as T);
}
