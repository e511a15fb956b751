/**
 * What goes through the queue of single requests, and what comes back: pieces of calls, several in one job, each answered by
 * itself. Errors keep their code, detail and pointer; nothing else of them crosses.
 */
import { ERRORS, type ErrorCode, isSluiceError, SluiceError } from "../errors.ts";
import type { Budget, Content } from "../types.ts";
import type { WireVerdict } from "./verdict-format.ts";

/** Texts of one call that are judged together. */
export interface Piece {
	/** Unique within its gateway. */
	readonly id: number;
	readonly contents: readonly Content[];
	/** When nobody waits for it any more, Unix ms. */
	readonly until: number;
	readonly priority?: number | undefined;
	readonly budget?: Budget | undefined;
	/** W3C traceparent of the call, where it is traced. */
	readonly trace?: string | undefined;
}

/** A job of the queue. */
export interface ScoreJob {
	readonly gateway: string;
	readonly pieces: readonly Piece[];
}

/** An error on the wire. */
export interface WireError {
	readonly code: string;
	readonly detail: string;
	readonly pointer?: string | undefined;
	readonly retryAfterMs?: number | undefined;
}

/** What became of a piece. */
export type Reply =
	| { readonly id: number; readonly verdicts: readonly WireVerdict[] }
	| { readonly id: number; readonly error: WireError };

/** Nothing of a foreign error shows: it may quote what was sent. */
export function toWireError(error: unknown): WireError {
	if (!isSluiceError(error))
		return { code: "internal", detail: "a worker failed in an unexpected way; its log says how" };
	const { code, detail, pointer, retryAfterMs } = error;
	return { code, detail, pointer, retryAfterMs };
}

/** The error as it was thrown, its pointer moved by the texts that stand before the piece in its call. */
export function toError({ code, detail, pointer, retryAfterMs }: WireError, textsBefore: number): SluiceError {
	const known = typeof code === "string" && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : "internal";
	const [, index, rest] = /^\/(\d+)(.*)$/.exec(pointer ?? "") ?? [];
	const moved = index === undefined ? pointer : `/${Number(index) + textsBefore}${rest}`;
	return new SluiceError(known, { detail: String(detail), pointer: moved, retryAfterMs });
}

/** Replies on their way to a gateway, from a worker of the queue that is named. */
export interface ReplyMessage {
	readonly from: string;
	readonly replies: readonly Reply[];
}

/** What is no message of ours has no replies. */
export function parseReplies(message: string): ReplyMessage {
	try {
		const { from, replies } = JSON.parse(message) as ReplyMessage;
		return { from: String(from), replies: replies.filter(isReply) };
	} catch {
		return { from: "", replies: [] };
	}
}

function isReply(reply: Reply): boolean {
	if (typeof reply.id !== "number") return false;
	return "error" in reply ? typeof reply.error === "object" && reply.error !== null : Array.isArray(reply.verdicts);
}
