/**
 * What those who decide write their records to: a log, what becomes of a decision that it cannot take, and how a text is
 * described without its words.
 */
import { SluiceError } from "../errors.ts";
import { createIsoTime } from "../log.ts";
import { type Content, judgedText, type Origin } from "../types.ts";
import type { AuditLog } from "./audit-log.ts";
import type { AuditRecord, DecisionRecord, TextRecord } from "./record.ts";
import { createTextHash } from "./text-hash.ts";

/** Where records go, and how. */
export interface TrailParts {
	readonly log: Pick<AuditLog, "append" | "isFailing">;
	/** The installation's; it never leaves the process. */
	readonly key: Uint8Array;
	/** Records hold the texts. */
	readonly keepsContent: boolean;
	/** A decision that cannot be recorded goes out and is counted, or does not go out. */
	readonly onFailure: "continue" | "block";
	/** Ms since 1970. */
	readonly now?: (() => number) | undefined;
}

/** A decision's record but for what the trail knows itself. */
export type NewDecision = Omit<DecisionRecord, "kind" | "at">;

/** See the header. */
export interface DecisionTrail {
	readonly keepsContent: boolean;
	/** Throws `audit_unavailable` where records cannot be written now and nothing may go out unrecorded. */
	check(): void;
	/** Throws as `check` does, where the record is not taken. */
	decide(decision: NewDecision): void;
	/** A record of another kind; whether it was taken. */
	note<R extends AuditRecord>(record: Omit<R, "at">): boolean;
	describe(text: string): TextRecord;
	/** The same of a text that comes in pieces. */
	describePieces(): { push(piece: string): void; end(): TextRecord };
}

/** See the header. */
export function createDecisionTrail(parts: TrailParts): DecisionTrail {
	const { log, key, keepsContent, onFailure, now = Date.now } = parts;
	const texts = createTextHash(key);
	const blocks = onFailure === "block";
	const toTime = createIsoTime();
	const time = (): string => toTime(now());
	return {
		keepsContent,
		check() {
			if (blocks && log.isFailing) throw unavailable();
		},
		decide(decision) {
			const record: DecisionRecord = { kind: "decision", at: time(), ...decision };
			if (!log.append(record) && blocks) throw unavailable();
		},
		note: (record) => log.append({ ...record, at: time() } as unknown as AuditRecord),
		describe: (text) => ({ hmac: texts.whole(text), characters: text.length }),
		describePieces() {
			const hmac = texts.pieces();
			let characters = 0;
			return {
				push(piece) {
					characters += piece.length;
					hmac.push(piece);
				},
				end: () => ({ hmac: hmac.end(), characters }),
			};
		},
	};
}

/** The members of a decision that tell whose text it is about, and which. */
export function toSource(
	trail: Pick<DecisionTrail, "describe" | "keepsContent">,
	of: { readonly content: Content; readonly index: number; readonly origin: Origin | undefined },
): Pick<
	DecisionRecord,
	| "surface"
	| "part"
	| "score_only"
	| "request"
	| "key"
	| "tenant"
	| "batch"
	| "line"
	| "index"
	| "text"
	| "prompt"
	| "content"
> {
	const { content, index, origin } = of;
	const text = judgedText(content);
	const prompt = typeof content === "string" ? undefined : content.prompt;
	return {
		surface: origin?.surface ?? "library",
		part: origin?.part,
		score_only: origin?.isScoreOnly ? true : undefined,
		request: origin?.requestId,
		key: origin?.keyId,
		tenant: origin?.tenant,
		batch: origin?.batch,
		line: origin?.lines?.[index],
		index,
		text: trail.describe(text),
		prompt: prompt === undefined ? undefined : trail.describe(prompt),
		content: trail.keepsContent ? { text, prompt } : undefined,
	};
}

function unavailable(): SluiceError {
	return new SluiceError("audit_unavailable", {
		detail: "decisions cannot be recorded at present, and none may go out unrecorded here; try again in a moment",
	});
}
