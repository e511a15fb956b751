/**
 * Groups of items to outcomes. A text that cannot be judged is a problem of its own; what may pass is tried again with growing
 * waits; what cannot be got over is thrown.
 */
import { setTimeout as wait } from "node:timers/promises";
import { type ErrorCode, isSluiceError, SluiceError } from "../errors.ts";
import { highestRisk, type Moderator } from "../moderator.ts";
import { ACTIONS, type Verdict } from "../types.ts";
import { isProblem, type Judgement, type Outcome, type Problem, type ScanItem } from "./item.ts";

/** What judging needs. */
export interface JudgeParts {
	readonly moderator: Pick<Moderator, "moderate" | "maxCharacters">;
	/** Ids of the policies that count. */
	readonly policies: ReadonlySet<string>;
	/** Called when the model turns work away. */
	readonly onOverload?: (() => void) | undefined;
	/** Waits between attempts; tests pass their own. */
	readonly pause?: ((ms: number, signal: AbortSignal) => Promise<unknown>) | undefined;
	/** How long one group is tried while the model turns everything away, milliseconds of waiting. */
	readonly patienceMs?: number | undefined;
}

/** One outcome per item. Throws what ends the scan. */
export type Judge = (items: readonly ScanItem[], signal: AbortSignal) => Promise<Outcome[]>;

/** Behind everything that somebody waits for. */
export const SCAN_PRIORITY: number = -10;

/** Failures that belong to one text always. */
const TEXT_FAILURES: readonly ErrorCode[] = ["text_too_long", "invalid_request", "unsupported_input"];
/** Failures that may belong to one text, or to whoever was asked. */
const DOUBTFUL_FAILURES: readonly ErrorCode[] = ["inference_failed", "remote_failed", "deadline_exceeded"];
const DOUBTFUL_ATTEMPTS = 4;
/** Attempts after which several texts at once may be what is too much. */
const OVERLOADED_ATTEMPTS = 5;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;
const PATIENCE_MS = 600_000;
/** Judged to learn whether the model still answers. */
const PROBE = "hello";

/** Builds the judge. */
export function createJudge(parts: JudgeParts): Judge {
	const { moderator, policies, onOverload, patienceMs = PATIENCE_MS } = parts;
	const pause = parts.pause ?? ((ms, signal) => wait(ms, undefined, { signal }));

	/** Tries until it has an answer, or a failure that trying again does not help. */
	const attempt = async (texts: readonly string[], attempts: number, signal: AbortSignal): Promise<Verdict[]> => {
		let waitedMs = 0;
		let nextMs = FIRST_PAUSE_MS;
		for (let failures = 1; ; failures++) {
			try {
				return await moderator.moderate(texts, { priority: SCAN_PRIORITY, signal });
			} catch (error) {
				signal.throwIfAborted();
				if (!isSluiceError(error) || !error.retryable) throw error;
				const doubtful = DOUBTFUL_FAILURES.includes(error.code);
				if (error.code === "overloaded") onOverload?.();
				const tooMany = error.code === "overloaded" && texts.length > 1 && failures >= OVERLOADED_ATTEMPTS;
				if (tooMany || (doubtful ? failures >= attempts : waitedMs >= patienceMs)) throw error;
				const ms = Math.max(nextMs, Math.min(error.retryAfterMs ?? 0, LONGEST_PAUSE_MS));
				await pause(ms, signal);
				waitedMs += ms;
				nextMs = Math.min(nextMs * 2, LONGEST_PAUSE_MS);
			}
		}
	};

	/** A group fails as a whole, so it is halved until the text that fails stands alone. */
	const judgeTexts = async (texts: readonly string[], attempts: number, signal: AbortSignal): Promise<Outcome[]> => {
		try {
			return (await attempt(texts, attempts, signal)).map((verdict) => cutDown(verdict, policies));
		} catch (error) {
			if (!isSluiceError(error) || signal.aborted) throw error;
			const doubtful = DOUBTFUL_FAILURES.includes(error.code);
			const tooMany = error.code === "overloaded" && texts.length > 1;
			if (!doubtful && !tooMany && !TEXT_FAILURES.includes(error.code)) throw error;
			if (doubtful && attempts === DOUBTFUL_ATTEMPTS) await probe(error, signal);
			if (texts.length === 1) return [toProblem(error)];
			const middle = texts.length >> 1;
			const halves = [texts.slice(0, middle), texts.slice(middle)];
			const outcomes: Outcome[] = [];
			for (const half of halves)
				outcomes.push(...(await judgeTexts(half, doubtful && half.length > 1 ? 1 : DOUBTFUL_ATTEMPTS, signal)));
			return outcomes;
		}
	};

	/** Throws the failure where a harmless text fails as well: then the text is not at fault. */
	const probe = async (failure: SluiceError, signal: AbortSignal): Promise<void> => {
		try {
			await attempt([PROBE], DOUBTFUL_ATTEMPTS, signal);
		} catch (error) {
			signal.throwIfAborted();
			throw isSluiceError(error) && TEXT_FAILURES.includes(error.code) ? failure : error;
		}
	};

	return async (items, signal) => {
		const texts = items.map(({ text }) => (isProblem(text) ? text : checkLength(text, moderator.maxCharacters)));
		const fit = texts.filter((text) => !isProblem(text)) as string[];
		const judged = fit.length === 0 ? [] : await judgeTexts(fit, DOUBTFUL_ATTEMPTS, signal);
		if (judged.length !== fit.length)
			throw new SluiceError("internal", { detail: "the moderator did not give one verdict per text" });
		const outcomes = judged.values();
		return texts.map((text) => (isProblem(text) ? text : outcomes.next().value!));
	};
}

function checkLength(text: string, maxCharacters: number): string | Problem {
	if (text.length <= maxCharacters) return text;
	const detail = `the text has ${text.length} characters; the limit is ${maxCharacters}`;
	return { code: "text_too_long", detail };
}

function toProblem({ code, detail }: SluiceError): Problem {
	return { code, detail: detail.replace(/^text 0 /, "the text ") };
}

/** The verdict of these policies alone. Throws `internal` where one of them is missing. */
function cutDown(verdict: Verdict, wanted: ReadonlySet<string>): Judgement {
	const policies = verdict.policies.filter(({ policy }) => wanted.has(policy));
	if (policies.length !== wanted.size)
		throw new SluiceError("internal", { detail: "a verdict lacks a policy of the scan" });
	return {
		action: ACTIONS[Math.max(...policies.map(({ action }) => ACTIONS.indexOf(action)))] ?? "block",
		risk: highestRisk(policies),
		policies: policies.map(({ policy, risk, action }) => ({ policy, risk, action })),
	};
}
