/**
 * The guard beside two usual ways of checking a stream with the same classifier and the same policies: a window of the last
 * tokens now and then, and all of the text now and then. Both let text leave as it comes. What a way leaks is what has left
 * beyond the last safe prefix when its first check says block.
 */
import { type GuardReport, guardStream } from "../../src/guard/index.ts";
import { createModerator, type Moderator } from "../../src/moderator.ts";
import { normalizeText } from "../../src/tokenizer/normalize.ts";
import type { Classifier } from "../../test/scorers/stream/classifier.ts";
import { median } from "../load.ts";
import { toLenient } from "./lenient.ts";
import { toPace } from "./pace.ts";
import { toHarmful } from "./words.ts";

/** A way of checking. */
export interface Way {
	readonly name: string;
	/** Tokens between checks, and tokens that a check reads; undefined where it is all of them. */
	readonly everyTokens: number;
	readonly windowTokens: number | undefined;
}

export const WAYS: readonly Way[] = [
	{ name: "window of 200 tokens with 50 before, every 200", everyTokens: 200, windowTokens: 250 },
	{ name: "whole text every 32 tokens", everyTokens: 32, windowTokens: undefined },
];

/** What a way costs and leaks. */
export interface WayRow {
	readonly name: string;
	readonly tokens: number;
	/** Classifier time for a harmless text of so many tokens. */
	readonly usPerToken: number;
	readonly streams: number;
	/** Harmful streams that were never stopped. */
	readonly missed: number;
	/** Characters of those that were stopped. */
	readonly medianLeak: number;
	readonly mostLeak: number;
}

/** Offsets at which so many more tokens are complete. */
function findChecks({ tokenizer }: Classifier, text: string, everyTokens: number): number[] {
	const folded = normalizeText(text);
	const { ends } = tokenizer.encode(folded.text);
	const checks: number[] = [];
	for (let i = everyTokens - 1; i < ends.length; i += everyTokens) checks.push(folded.ends[ends[i]! - 1]!);
	if (checks.at(-1) !== text.length) checks.push(text.length);
	return checks;
}

/** Checks a text as the way has it; where it was stopped, and the time. */
async function check(
	classifier: Classifier,
	moderator: Moderator,
	{ text, way }: { text: string; way: Way },
): Promise<{ stoppedAt: number | undefined; ms: number }> {
	const checks = findChecks(classifier, text, way.everyTokens);
	const before = way.windowTokens === undefined ? [] : findChecks(classifier, text, way.windowTokens - way.everyTokens);
	const began = performance.now();
	for (const [i, end] of checks.entries()) {
		const last = checks[i - 1] ?? 0;
		const start = way.windowTokens === undefined ? 0 : (before.findLast((at) => at < last) ?? 0);
		const [verdict] = await moderator.moderate([text.slice(start, end)]);
		if (verdict!.action === "block") return { stoppedAt: end, ms: performance.now() - began };
	}
	return { stoppedAt: undefined, ms: performance.now() - began };
}

/** The pace of sources of which the leak in `lag` is measured, words a second; the other ways are taken to need no time. */
const PACE = 1000;

/** The guard over a text in deltas of one word, at a pace or as fast as it takes them. */
async function guard(
	{ streams: scorer, policies }: Classifier,
	{
		text,
		mode,
		perSecond = Number.POSITIVE_INFINITY,
	}: { text: string; mode: "hold" | "lag"; perSecond?: number | undefined },
): Promise<GuardReport> {
	const source = toPace(text.match(/\S+\s*/g) ?? [], perSecond);
	for await (const event of guardStream(source, { scorer, policies, mode }))
		if (event.type === "end") return event.report;
	throw new Error("no report");
}

async function toModerator({ policies, whole: scorer }: Classifier): Promise<Moderator> {
	const moderator = createModerator({ policies, scorer, maxCharacters: scorer.maxCharacters });
	await moderator.ready();
	return moderator;
}

/** @param tokens length of the harmless text that the time is taken on; @param streams harmful ones that leaks are taken on. */
export async function compareWays(
	classifier: Classifier,
	{ tokens, streams }: { tokens: number; streams: number },
): Promise<WayRow[]> {
	const harmless = toHarmless(tokens);
	const lenient = toLenient(classifier);
	const cases = Array.from({ length: streams }, (_, i) => toHarmful(i + 1, 20 + ((i * 37) % 400), 400));
	const rows: WayRow[] = [];
	for (const mode of ["hold", "lag"] as const) {
		const { guardMs: ms, tokens: read } = await guard(lenient, { text: harmless, mode });
		const perSecond = mode === "lag" ? PACE : undefined;
		const leaks: (number | undefined)[] = [];
		for (const { text } of cases) {
			const { action, leakedCharacters } = await guard(classifier, { text, mode, perSecond });
			leaks.push(action === "block" ? leakedCharacters : undefined);
		}
		const name = mode === "hold" ? "guard, hold" : `guard, lag, ${PACE} words a second`;
		rows.push(toRow(name, { tokens: read, ms, leaks }));
	}
	const safe: number[] = [];
	for (const { text } of cases) safe.push((await guard(classifier, { text, mode: "hold" })).lastSafeOffset);
	const [timed, moderator] = [await toModerator(lenient), await toModerator(classifier)];
	for (const way of WAYS) {
		const { ms } = await check(classifier, timed, { text: harmless, way });
		const leaks: (number | undefined)[] = [];
		for (const [i, { text }] of cases.entries()) {
			const { stoppedAt } = await check(classifier, moderator, { text, way });
			leaks.push(stoppedAt === undefined ? undefined : Math.max(0, stoppedAt - safe[i]!));
		}
		rows.push(toRow(way.name, { tokens: rows[0]!.tokens, ms, leaks }));
	}
	return rows;
}

function toHarmless(tokens: number): string {
	const { text, badFrom } = toHarmful(99, Math.ceil(tokens / 1.15), 0);
	return text.slice(0, badFrom);
}

/** A leak is undefined where the stream was never stopped. */
function toRow(
	name: string,
	{ tokens, ms, leaks }: { tokens: number; ms: number; leaks: readonly (number | undefined)[] },
): WayRow {
	const stopped = leaks.filter((leak) => leak !== undefined);
	return {
		name,
		tokens,
		usPerToken: (ms * 1000) / tokens,
		streams: leaks.length,
		missed: leaks.length - stopped.length,
		medianLeak: stopped.length === 0 ? 0 : median(stopped),
		mostLeak: Math.max(0, ...stopped),
	};
}
