/** From samples to tables and bounds. Ratios are taken within a round, where both saw the same clock, then the median. */

import type { ContextRow } from "./decoding.ts";
import { FORMS } from "./forms.ts";
import { middle, type Sample } from "./rounds.ts";

/** The middle of a subject's rounds, and how many of them saw nobody else work. */
export type Row = Readonly<Record<string, string | number>> & { readonly ms: number; readonly cleanRounds: number };

/** What is stated, and whether it holds here. */
export interface Bound {
	readonly what: string;
	readonly value: number;
	readonly goal: string;
	readonly met: boolean;
}

/** Below this many clean rounds, all count. */
const ENOUGH = 3;

type Labels = Sample["labels"];

function matches(sample: Sample, labels: Labels): boolean {
	return Object.entries(labels).every(([name, value]) => sample.labels[name] === value);
}

/** Those samples that count: clean ones where there are enough. */
function counted<T extends { readonly clean: boolean }>(samples: readonly T[]): readonly T[] {
	const clean = samples.filter((sample) => sample.clean);
	return clean.length >= ENOUGH ? clean : samples;
}

/** One row per subject, in the order of first samples. */
export function toRows(samples: readonly Sample[]): Row[] {
	const groups = Map.groupBy(samples, ({ labels }) => JSON.stringify(labels));
	return [...groups.values()].map((group) => ({
		...group[0]!.labels,
		ms: middle(counted(group).map((sample) => sample.ms)),
		cleanRounds: group.filter((sample) => sample.clean).length,
	}));
}

/** Per round, `of` over the samples with the other labels; the middle of them. */
export function pairedRatio(
	samples: readonly Sample[],
	[labels, others]: readonly [Labels, Labels],
	of: (a: number, b: number) => number = (a, b) => a / b,
): number {
	const pairs = samples
		.filter((sample) => matches(sample, labels))
		.flatMap((a) => {
			const b = samples.find((sample) => sample.round === a.round && matches(sample, others));
			return b === undefined ? [] : [{ value: of(a.ms, b.ms), clean: a.clean && b.clean }];
		});
	return middle(counted(pairs).map(({ value }) => value));
}

/** Each context over the first one, per model. */
export function toGrowth(samples: readonly Sample[], contexts: readonly number[], model: string): number[] {
	return contexts.map((context) =>
		pairedRatio(samples, [
			{ model, context },
			{ model, context: contexts[0]! },
		]),
	);
}

/** Decoding: flat time and constant state from the first context to the last, for the recurrent model. */
export function toDecodingBounds(samples: readonly Sample[], rows: readonly ContextRow[]): Bound[] {
	const own = rows.filter(({ model }) => model === "recurrent");
	const growth = toGrowth(
		samples,
		own.map(({ context }) => context),
		"recurrent",
	);
	const spread = Math.max(...growth) / Math.min(...growth) - 1;
	const bytes = own.map(({ stateBytes }) => stateBytes);
	const range = `${own[0]?.context} to ${own.at(-1)?.context} tokens`;
	const change = Math.max(...bytes) - Math.min(...bytes);
	return [
		{ what: `decoding at ${range}: slowest over fastest, less 1`, value: spread, goal: "<= 0.05", met: spread <= 0.05 },
		{ what: `state at ${range}: bytes that change`, value: change, goal: "0", met: change === 0 },
	];
}

/** The recurrence of one block beside the whole block. */
export interface ShareRow {
	readonly threads: number;
	readonly steps: number;
	readonly recurrenceMs: number;
	readonly blockMs: number;
	readonly share: number;
}

/** A block's time is what two take longer than one. */
export function toShares(samples: readonly Sample[], threads: readonly number[], steps: readonly number[]): ShareRow[] {
	const [form] = Object.keys(FORMS);
	return threads.flatMap((count) =>
		steps.map((tokens): ShareRow => {
			const at = { threads: count, steps: tokens };
			const blockMs = pairedRatio(
				samples,
				[
					{ ...at, blocks: 2 },
					{ ...at, blocks: 1 },
				],
				(two, one) => two - one,
			);
			const recurrenceMs = middle(
				counted(samples.filter((s) => matches(s, { ...at, form: form! }))).map(({ ms }) => ms),
			);
			return { ...at, recurrenceMs, blockMs, share: recurrenceMs / blockMs };
		}),
	);
}

/** The recurrence at `steps` tokens: its share of a block, and how much longer each other form takes. */
export function toRecurrenceBounds(samples: readonly Sample[], shares: readonly ShareRow[], steps: number): Bound[] {
	const [form, ...others] = Object.keys(FORMS);
	return shares
		.filter((row) => row.steps === steps)
		.flatMap(({ threads, share }) => {
			const at = `${steps} tokens, threads: ${threads}`;
			const ratios = others.map((other): Bound => {
				const labels = { threads, steps };
				const value = pairedRatio(samples, [
					{ ...labels, form: other },
					{ ...labels, form: form! },
				]);
				return { what: `${at}: ${other} over ${form}`, value, goal: ">= 3", met: value >= 3 };
			});
			return [
				{ what: `${at}: share of a recurrent block`, value: share, goal: "<= 0.05", met: share <= 0.05 },
				...ratios,
			];
		});
}
