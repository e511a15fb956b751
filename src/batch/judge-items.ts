/**
 * Judges the requests of one job: texts of many lines in one call, and each line by itself where that call fails, so that a
 * line pays only for itself. Every line gets exactly one result or the whole job fails, to be tried again.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { isSluiceError, SluiceError } from "../errors.ts";
import type { ModerateOptions, Moderator } from "../moderator.ts";
import type { ItemResult } from "../store/index.ts";
import type { BatchFormat, BatchRequest } from "./endpoint.ts";
import type { ScanJob } from "./jobs.ts";
import { toRequestId } from "./output.ts";

/** Below every interactive call. */
const PRIORITY = -10;
/** Texts in one call: reading them and writing their verdicts keeps requests waiting, for a millisecond at most. */
const TEXTS_AT_ONCE = 16;
/** Pause before a moderator that is busy or loading is asked again; the second one is the longest. */
const BUSY_MS = 100;
const LONGEST_BUSY_MS = 5000;

/** Who judges, in which format, until when. */
export interface Judging {
	readonly moderator: Moderator;
	readonly format: BatchFormat;
	readonly signal: AbortSignal;
	/** Whether a failure that may pass becomes the line's result: there is no other attempt. */
	readonly isLast: boolean;
	/** Resolves after so many ms; rejects when the signal aborts. */
	pause(ms: number, signal: AbortSignal): Promise<void>;
}

interface Asked extends BatchRequest {
	readonly line: number;
}

/** One result per item, in order. Throws what may pass, and the signal's reason. */
export async function judgeItems(of: Judging, job: ScanJob): Promise<ItemResult[]> {
	const results = new Map<number, ItemResult>();
	const refuse = (line: number, error: unknown): void => {
		const { status, body } = of.format.refuse(error, toRequestId(job.batch, line));
		results.set(line, { line, status, body: JSON.stringify(body) });
	};
	const asked: Asked[] = [];
	for (const { line, body } of job.items) {
		try {
			asked.push({ ...of.format.parse(job.endpoint, body, job.grant), line });
		} catch (error) {
			if (isSluiceError(error) && error.retryable) throw error;
			refuse(line, error);
		}
	}
	const judge = async (group: readonly Asked[]): Promise<void> => {
		try {
			for (const result of await judgeTogether(of, job, group)) results.set(result.line, result);
		} catch (error) {
			of.signal.throwIfAborted();
			if (!of.isLast && (!isSluiceError(error) || error.retryable)) throw error;
			if (group.length === 1) refuse(group[0]!.line, group[0]!.blame(error));
			else for (const one of group) await judge([one]);
		}
	};
	await judgeInTurn(toGroups(asked), judge);
	return job.items.map(({ line }) => results.get(line)!);
}

/** All groups under way at once, so that the model is never idle; requests get a turn between two of them. */
async function judgeInTurn(
	groups: readonly Asked[][],
	judge: (group: readonly Asked[]) => Promise<void>,
): Promise<void> {
	const judged: Promise<void>[] = [];
	for (const group of groups) {
		const run = judge(group);
		run.catch(() => {}); // looked at below
		judged.push(run);
		await nextTurn();
	}
	for (const end of await Promise.allSettled(judged)) if (end.status === "rejected") throw end.reason;
}

/** Lines that may share a call: those with a budget of their own do not. */
function toGroups(asked: readonly Asked[]): Asked[][] {
	const groups: Asked[][] = [];
	let texts = TEXTS_AT_ONCE;
	for (const one of asked) {
		const fits = one.budget === undefined && texts + one.contents.length <= TEXTS_AT_ONCE;
		if (fits) groups.at(-1)!.push(one);
		else groups.push([one]);
		texts = one.budget !== undefined ? TEXTS_AT_ONCE : (fits ? texts : 0) + one.contents.length;
	}
	return groups;
}

async function judgeTogether(
	of: Judging,
	{ batch, endpoint: surface, grant }: ScanJob,
	group: readonly Asked[],
): Promise<ItemResult[]> {
	const contents = group.flatMap((one) => one.contents);
	const lines = group.flatMap((one) => one.contents.map(() => one.line));
	const origin = { surface, batch, lines };
	const verdicts = await askPatiently(of, contents, { budget: group[0]!.budget, origin, grant });
	if (verdicts.length !== contents.length)
		throw new SluiceError("inference_failed", { detail: "the moderator did not give one verdict per text" });
	let at = 0;
	return group.map((one) => {
		const own = verdicts.slice(at, at + one.contents.length);
		at += one.contents.length;
		return { line: one.line, status: 200, body: JSON.stringify(one.answer(own)) };
	});
}

/** A moderator that is busy with interactive calls is no failure: bulk waits. */
async function askPatiently(
	{ moderator, signal, pause }: Judging,
	contents: BatchRequest["contents"],
	asking: Pick<ModerateOptions, "budget" | "origin" | "grant">,
): ReturnType<Moderator["moderate"]> {
	for (let wait = BUSY_MS; ; wait = Math.min(wait * 2, LONGEST_BUSY_MS)) {
		signal.throwIfAborted();
		try {
			return await moderator.moderate(contents, { priority: PRIORITY, signal, ...asking });
		} catch (error) {
			if (!isSluiceError(error) || (error.code !== "overloaded" && error.code !== "not_ready")) throw error;
			await pause(Math.max(wait, error.retryAfterMs ?? 0), signal);
		}
	}
}
