/**
 * What the decision log holds: one record per decision and a few about the log itself, as they are written, one JSON object
 * per line. Names are those of the wire. Content is in a record only where the installation asks for it.
 */
import type { Action } from "../types.ts";

/** A policy's part of a decision. */
export interface PolicyRecord {
	readonly policy: string;
	/** Of everything in the policy that decides; null where the policy changed under the call and nobody can tell. */
	readonly hash: string | null;
	/** 0..1; of a stream the highest of its judged prefixes. Null where there is no score; `instead` says why. */
	readonly risk: number | null;
	readonly flag: number;
	readonly block: number;
	/** What follows from the risk and the thresholds. */
	readonly action: Action;
	/** The scorer that decided, and how many were asked. */
	readonly scorer: string;
	readonly stages: number;
	readonly lacked?: string | undefined;
	readonly instead?: string | undefined;
}

/** A judged text without its words. */
export interface TextRecord {
	/** HMAC-SHA-256 of the UTF-8 text under the installation's key, in hex: equal texts are found, short ones cannot be guessed. */
	readonly hmac: string;
	/** UTF-16 code units. */
	readonly characters: number;
}

/** How a guarded stream went, from the guard's report. */
export interface StreamRecord {
	readonly mode: string;
	readonly reason: string;
	readonly judged_characters: number;
	readonly released_characters: number;
	readonly leaked_characters: number;
	readonly redacted_characters: number;
	readonly escalations: number;
	/** How often text was taken back and drawn again, where it is. */
	readonly rewinds?: number | undefined;
}

/** One decision. */
export interface DecisionRecord {
	readonly kind: "decision";
	/** When it was made, as `2026-01-31T12:00:00.000Z`. */
	readonly at: string;
	/** The door: a route's pattern, or a name given by the program. */
	readonly surface: string;
	/** What of a door's traffic: what goes into a model, or comes out of it. */
	readonly part?: "input" | "output" | undefined;
	/** Set where the text passes whatever the action: who asked wanted the risks only. */
	readonly score_only?: true | undefined;
	readonly request?: string | undefined;
	readonly key?: string | undefined;
	readonly tenant?: string | undefined;
	readonly batch?: string | undefined;
	/** Line of the batch's input file, from 1. */
	readonly line?: number | undefined;
	/** Which text of the request or line, from 0. */
	readonly index: number;
	/** What happened; null where nothing could be decided, see `error`. */
	readonly action: Action | null;
	readonly risk: number | null;
	readonly model: { readonly id: string; readonly hash: string } | null;
	readonly policies: readonly PolicyRecord[];
	readonly text: TextRecord;
	/** The question that the judged text answers. */
	readonly prompt?: TextRecord | undefined;
	readonly content?: { readonly text: string; readonly prompt?: string | undefined } | undefined;
	readonly stream?: StreamRecord | undefined;
	/** Code of what went wrong. */
	readonly error?: string | undefined;
	readonly latency_ms: number;
}

/** The process began to write; `torn_bytes` were cut off after the last whole record, left by a crash. */
export interface OpenedRecord {
	readonly kind: "opened";
	readonly at: string;
	readonly torn_bytes: number;
}

/** The first record of every file. */
export interface FileRecord {
	readonly kind: "file";
	readonly at: string;
}

/** So many decisions before this one could not be recorded, and went out by declaration. */
export interface DroppedRecord {
	readonly kind: "dropped";
	readonly at: string;
	readonly records: number;
}

/** All records up to `through` were deleted because of their age; the first one left continues `through_hash`. */
export interface PrunedRecord {
	readonly kind: "pruned";
	readonly at: string;
	readonly through: number;
	readonly through_hash: string;
}

/** An anchor named a record that was not there when the log was opened: records up to `through` are lost. */
export interface LostRecord {
	readonly kind: "lost";
	readonly at: string;
	readonly through: number;
	readonly through_hash: string;
}

/** What the log says of itself. */
export type LogRecord = OpenedRecord | FileRecord | DroppedRecord | PrunedRecord | LostRecord;
/** Whatever is appended: any kind, with its time. */
export interface AuditRecord {
	readonly kind: string;
	readonly at: string;
}
