/**
 * One call of a gateway's moderator: cut into pieces that workers can share, and whole again or failed as a whole, by its
 * deadline at the latest.
 */
import { isSluiceError, SluiceError } from "../errors.ts";
import type { ModerateOptions } from "../moderator.ts";
import type { Content, Verdict } from "../types.ts";
import type { Piece } from "./jobs.ts";
import { MOST_BYTES, MOST_TEXTS, type Outbox } from "./outbox.ts";
import type { createVerdictReader } from "./verdict-format.ts";
import { toEpochMs } from "./wall-clock.ts";

const LONGEST_TIMER_MS = 2 ** 31 - 1;
let lastId = 0;

/** What a call needs. */
export interface CallParts {
	readonly outbox: Outbox;
	/** Reads a worker's verdicts. */
	readonly read: ReturnType<typeof createVerdictReader>;
	/** Where the call is in a trace. */
	readonly trace?: string | undefined;
}

interface Cut {
	readonly contents: Content[];
	bytes: number;
	readonly textsBefore: number;
}

/** One verdict per content, in order. Rejects with what a worker said, `deadline_exceeded` or the signal's reason. */
export function runCall(
	{ outbox, read, trace }: CallParts,
	contents: readonly Content[],
	options: ModerateOptions & { readonly deadlineMs: number },
): Promise<Verdict[]> {
	const { signal, deadlineMs, priority, budget } = options;
	const began = performance.now();
	if (contents.length === 0) return Promise.resolve([]);
	if (signal?.aborted) return Promise.reject(toAborted(signal));
	if (began >= deadlineMs) return Promise.reject(toLate());
	return new Promise((resolve, reject) => {
		const verdicts = new Array<Verdict>(contents.length);
		const open = new Set<number>();
		const release = (): void => {
			clearTimeout(timer);
			signal?.removeEventListener("abort", leave);
		};
		const fail = (error: unknown, tellWorkers: boolean): void => {
			release();
			outbox.drop(open, tellWorkers);
			reject(error);
		};
		const leave = (): void => fail(toAborted(signal!), performance.now() < deadlineMs);
		const timer = setTimeout(() => fail(toLate(), false), Math.min(deadlineMs - began, LONGEST_TIMER_MS));
		signal?.addEventListener("abort", leave, { once: true });
		const until = toEpochMs(deadlineMs);
		for (const { contents: own, bytes, textsBefore } of cut(contents, budget !== undefined)) {
			const piece: Piece = { id: ++lastId, contents: own, until, priority, budget, trace };
			open.add(piece.id);
			outbox.send(piece, {
				...{ bytes, textsBefore },
				done(outcome) {
					open.delete(piece.id);
					if ("error" in outcome) return fail(outcome.error, true);
					try {
						const facts = { model: outcome.model, latencyMs: performance.now() - began };
						for (const [i, wire] of outcome.verdicts.entries()) verdicts[textsBefore + i] = read(wire, facts);
					} catch (error) {
						return fail(error, true);
					}
					if (open.size > 0) return;
					release();
					resolve(verdicts);
				},
			});
		}
	});
}

/** A call with a budget stays whole: nobody could say what one part of it may spend. */
function cut(contents: readonly Content[], stayWhole: boolean): Cut[] {
	const cuts: Cut[] = [];
	for (const [index, content] of contents.entries()) {
		const bytes = byteLength(content);
		const last = cuts.at(-1);
		const fits = last !== undefined && last.contents.length < MOST_TEXTS && last.bytes + bytes <= MOST_BYTES;
		if (last !== undefined && (fits || stayWhole)) {
			last.contents.push(content);
			last.bytes += bytes;
		} else cuts.push({ contents: [content], bytes, textsBefore: index });
	}
	return cuts;
}

function byteLength(content: Content): number {
	if (typeof content === "string") return Buffer.byteLength(content);
	return Buffer.byteLength(content.prompt) + Buffer.byteLength(content.response);
}

function toLate(): SluiceError {
	return new SluiceError("deadline_exceeded", { detail: "no verdict within the deadline" });
}

function toAborted({ reason }: AbortSignal): SluiceError {
	return isSluiceError(reason) ? reason : new SluiceError("aborted", { detail: "the caller went away", cause: reason });
}
