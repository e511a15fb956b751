/**
 * Measures pairs of scorers on labelled texts: every text is scored once by both, and all cascades of the two are computed
 * from these scores. Holds numbers only, never texts.
 */
import { SluiceError } from "../errors.ts";
import type { Scorer } from "../scorers/index.ts";
import type { Policy, Score } from "../types.ts";
import { type CascadeCurve, type StagedColumn, toCurve } from "./cascade-curve.ts";
import { type EvaluateOptions, judgeLines } from "./judge-lines.ts";
import type { EvalRow } from "./row.ts";

/** A policy as two scorers measure it; neither is a cascade. */
export interface CascadePair {
	readonly first: Policy;
	readonly second: Policy;
}

/** The curves of all labels that a pair measures. */
export interface CascadeReport {
	/** Rows read, failed ones included. */
	readonly rows: number;
	readonly failed: number;
	readonly failures: Readonly<Record<string, number>>;
	readonly curves: readonly CascadeCurve[];
	/** Labels of the data that no pair measures. */
	readonly unmeasured: readonly string[];
}

/** The pairs that policies declare as cascades. Throws `invalid_policy` where there is none. */
export function pairCascades(policies: readonly Policy[]): CascadePair[] {
	const pairs = policies.flatMap((policy): CascadePair[] => {
		const { scorer } = policy;
		if (scorer.kind !== "cascade") return [];
		return [{ first: { ...policy, scorer: scorer.first }, second: { ...policy, scorer: scorer.second } }];
	});
	return checkPairs(pairs, "no policy has scorer.kind cascade; name the policies of the second scorer as well");
}

/** Policies of the same id as pairs, by the thresholds of the first. Throws `invalid_policy` where none fit or one is a cascade. */
export function pairPolicies(firsts: readonly Policy[], seconds: readonly Policy[]): CascadePair[] {
	const pairs = firsts.flatMap((first): CascadePair[] => {
		const second = seconds.find(({ id }) => id === first.id);
		return second === undefined ? [] : [{ first, second }];
	});
	const cascade = pairs.flatMap((pair) => [pair.first, pair.second]).find(({ scorer }) => scorer.kind === "cascade");
	if (cascade !== undefined)
		throw new SluiceError("invalid_policy", {
			detail: `policy ${cascade.id} is a cascade itself and cannot be a stage`,
		});
	return checkPairs(pairs, "no policy of the second scorer has the id of one of the first");
}

function checkPairs(pairs: CascadePair[], none: string): CascadePair[] {
	if (pairs.length === 0) throw new SluiceError("invalid_policy", { detail: none });
	return pairs;
}

/** Milliseconds of both scorers' calls, and the texts they were for. */
interface Times {
	first: number;
	second: number;
	texts: number;
}

interface Tables {
	readonly pairs: readonly CascadePair[];
	readonly columns: Map<string, { readonly pair: CascadePair; readonly column: StagedColumn; unscored: number }>;
	readonly unmeasured: Set<string>;
}

/**
 * Scores every line's text by both scorers of each pair and draws the curve of each label. The two run one after the other,
 * so that each time is its own; `scorer` measures both. Failures as in evaluate().
 */
export async function evaluateCascade(
	lines: AsyncIterable<string> | Iterable<string>,
	{ scorer, pairs }: { readonly scorer: Pick<Scorer, "score">; readonly pairs: readonly CascadePair[] },
	options: EvaluateOptions = {},
): Promise<CascadeReport> {
	const tables: Tables = { pairs, columns: new Map(), unmeasured: new Set() };
	const failures = new Map<string, number>();
	const times: Times = { first: 0, second: 0, texts: 0 };
	const [firsts, seconds] = [pairs.map(({ first }) => first), pairs.map(({ second }) => second)];
	await judgeLines(
		lines,
		{
			async judge(rows) {
				const texts = rows.map(({ text }) => text);
				const began = performance.now();
				const first = await scorer.score(texts, firsts);
				const between = performance.now();
				const second = await scorer.score(texts, seconds);
				times.first += between - began;
				times.second += performance.now() - between;
				times.texts += rows.length;
				for (const [i, row] of rows.entries()) addRow(tables, row, { first: first[i]!, second: second[i]! });
			},
			fail: (code) => void failures.set(code, (failures.get(code) ?? 0) + 1),
		},
		options,
	);
	return toReport(tables, { failures, times });
}

function addRow(tables: Tables, row: EvalRow, scores: { readonly first: Score; readonly second: Score }): void {
	for (const [label, truth] of row.labels) {
		const pair = tables.pairs.find(({ first }) => first.id === label.replaceAll("_", "-"));
		if (pair === undefined) {
			tables.unmeasured.add(label);
			continue;
		}
		const entry = tables.columns.get(label) ?? { pair, column: createColumn(), unscored: 0 };
		tables.columns.set(label, entry);
		const { id } = pair.first;
		const [first, second] = [scores.first.risks[id], scores.second.risks[id]];
		if (first === undefined || second === undefined) {
			entry.unscored++;
			continue;
		}
		entry.column.first.push(first);
		entry.column.second.push(second);
		entry.column.firstTokens.push(tokensOf(scores.first, id));
		entry.column.secondTokens.push(tokensOf(scores.second, id));
		entry.column.truth.push(truth);
	}
}

function createColumn(): StagedColumn {
	return { first: [], second: [], firstTokens: [], secondTokens: [], truth: [] };
}

function tokensOf(score: Score, policy: string): number {
	return score.decisions?.[policy]?.tokens ?? score.tokens;
}

function toReport(
	{ pairs, columns, unmeasured }: Tables,
	{ failures, times }: { readonly failures: ReadonlyMap<string, number>; readonly times: Times },
): CascadeReport {
	const failed = [...failures.values()].reduce((a, b) => a + b, 0);
	const share = Math.max(1, times.texts * pairs.length);
	const ms = { first: times.first / share, second: times.second / share };
	const labels = [...columns.keys()].sort((a, b) => Number(b === "any") - Number(a === "any") || (a < b ? -1 : 1));
	return {
		rows: times.texts + failed,
		failed,
		failures: Object.fromEntries(failures),
		curves: labels.map((label) => {
			const { pair, column, unscored } = columns.get(label)!;
			return toCurve(column, { label, thresholds: pair.first.thresholds, unscored, ms });
		}),
		unmeasured: [...unmeasured].sort(),
	};
}
