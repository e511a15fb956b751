/**
 * What a worker does with a job: judges each piece by itself, so that none pays for another. A piece whose time is over, or that
 * its gateway takes back, is not judged. Replies are sent before the job ends; a job without them fails, and its gateway
 * sends it again.
 */
import { isSluiceError, SluiceError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Moderator } from "../moderator.ts";
import type { Processor } from "../queue/index.ts";
import type { Tracer } from "../trace/index.ts";
import { type Piece, type Reply, type ScoreJob, toWireError } from "./jobs.ts";
import type { Replies } from "./replies.ts";
import type { Skipped } from "./skipped.ts";
import { toWireVerdict } from "./verdict-format.ts";
import { toMonotonicMs } from "./wall-clock.ts";

/** What a processor is made of. */
export interface ProcessorParts {
	readonly moderator: Moderator;
	readonly skipped: Skipped;
	readonly replies: Replies;
	/** Hears how many texts of a piece are done. */
	judged(texts: number): void;
	readonly log: Log;
	/** Aborted when the worker waits no longer for what is being judged: that is another worker's then. */
	readonly closing: AbortSignal;
	/** Goes on with the traces of calls. */
	readonly tracer?: Tracer | undefined;
}

/** BullMQ's processor of the queue of single requests. */
export function createProcessor(of: ProcessorParts): Processor<ScoreJob, void> {
	const { moderator, skipped, replies, log, closing, tracer } = of;
	/** Undefined where nobody waits for a reply. */
	const judge = async (
		{ id, contents, until, priority, budget, trace }: Piece,
		skip: AbortSignal,
	): Promise<Reply | undefined> => {
		try {
			if (skip.aborted) return undefined;
			if (Date.now() >= until)
				throw new SluiceError("deadline_exceeded", { detail: "the deadline passed before a worker took the text" });
			const call = { deadlineMs: toMonotonicMs(until), signal: skip, priority, budget };
			const moderate = (): ReturnType<Moderator["moderate"]> => moderator.moderate(contents, call);
			const fields = { "sluice.texts": contents.length };
			const verdicts =
				tracer === undefined
					? await moderate()
					: await tracer.span("score job", { kind: "consumer", parent: trace, fields }, moderate);
			return { id, verdicts: verdicts.map(toWireVerdict) };
		} catch (error) {
			if (closing.aborted) throw error;
			if (skip.aborted) return undefined;
			if (!isSluiceError(error)) log.error({ error: describe(error) }, "a piece failed in an unexpected way");
			return { id, error: toWireError(error) };
		}
	};
	const answer = async (gateway: string, piece: Piece): Promise<void> => {
		try {
			const reply = await judge(piece, skipped.begin(gateway, piece.id));
			if (reply === undefined) return;
			if ("verdicts" in reply) of.judged(piece.contents.length);
			await replies.send(gateway, reply);
		} finally {
			skipped.end(gateway, piece.id);
		}
	};
	return async ({ data: { gateway, pieces } }) => {
		const ends = await Promise.allSettled(pieces.map((piece) => answer(gateway, piece)));
		const failed = ends.find((end) => end.status === "rejected");
		if (failed === undefined) return;
		log.warn({ error: describe(failed.reason) }, "a job could not be answered; its gateway sends it again");
		// BullMQ keeps message and stack in the queue: nothing of the cause may be in them
		throw new SluiceError("internal", { detail: "the job could not be answered" });
	};
}

/** An error in the log: its name, never its words. */
export function describe(error: unknown): string {
	return isSluiceError(error) ? error.code : error instanceof Error ? error.name : typeof error;
}
