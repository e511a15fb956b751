/** The tables of bench/recurrent.ts, rows of names and numbers for console.table and the result file. */
import type { ContextRow } from "./decoding.ts";
import { MODELS } from "./models.ts";
import type { FormError } from "./recurrence.ts";
import type { Sample } from "./rounds.ts";
import { toGrowth, toRows } from "./summary.ts";

/** One row per context, with both models side by side. */
export function toDecodingTable(samples: readonly Sample[], rows: readonly ContextRow[]): object[] {
	const contexts = [...new Set(rows.map(({ context }) => context))];
	const times = toRows(samples);
	const models = Object.keys(MODELS);
	const growth = new Map(models.map((model) => [model, toGrowth(samples, contexts, model)]));
	return contexts.map((context, i) => {
		const columns = models.map((model) => {
			const { ms, cleanRounds } = times.find((row) => row.model === model && row.context === context)!;
			const { stateBytes } = rows.find((row) => row.model === model && row.context === context)!;
			return {
				[`${model} ms`]: ms,
				[`${model} of first`]: growth.get(model)![i]!,
				[`${model} state bytes`]: stateBytes,
				[`${model} clean rounds`]: cleanRounds,
			};
		});
		return Object.assign({ context }, ...columns) as object;
	});
}

/** One row per form and number of threads, milliseconds in a column per length. */
export function toFormTable(samples: readonly Sample[]): object[] {
	const rows = toRows(samples.filter(({ labels }) => labels.form !== undefined));
	const groups = Map.groupBy(rows, ({ form, threads }) => `${form} ${threads}`);
	return [...groups.values()].map((group) => {
		const { form, threads } = group[0]!;
		return { form, threads, ...byLength(group.map(({ steps, ms }) => [Number(steps), ms])) };
	});
}

/** One row per form, the largest error in a column per length. */
export function toErrorTable(errors: readonly FormError[]): object[] {
	return [...Map.groupBy(errors, ({ form }) => form)].map(([form, group]) => {
		const lengths = Map.groupBy(group, ({ steps }) => steps);
		const largest = [...lengths].map(([steps, of]) => [steps, Math.max(...of.map(({ error }) => error))] as const);
		return { form, ...byLength(largest) };
	});
}

function byLength(values: readonly (readonly [steps: number, value: number])[]): Record<string, number> {
	return Object.fromEntries(values.map(([steps, value]) => [`T=${steps}`, value]));
}

/** Four digits of what is no whole number. */
export function round<T extends object>(row: T): T {
	const entries = Object.entries(row).map(([name, value]) => {
		return [name, typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value];
	});
	return Object.fromEntries(entries) as T;
}

/** Values of a sample in the result file; of short runs there are thousands. */
const MOST_VALUES = 25;

/** A sample as the result file has it: all values in the order they were taken, or evenly spaced quantiles of more. */
function toRecord({ labels, ms, otherCpu, raw, ...rest }: Sample): object {
	const sorted = raw.toSorted((a, b) => a - b);
	const spaced = Array.from(
		{ length: MOST_VALUES },
		(_, i) => sorted[Math.round((i * (raw.length - 1)) / (MOST_VALUES - 1))]!,
	);
	const short = (of: readonly number[]): number[] => of.map((value) => Number(value.toPrecision(4)));
	const values = raw.length > MOST_VALUES ? { quantiles: short(spaced) } : { raw: short(raw) };
	return { ...labels, ...round({ ...rest, ms, otherCpu }), runs: raw.length, ...values };
}

/** The result file: one line per sample. */
export function toFile(result: object, samples: readonly Sample[]): string {
	const head = JSON.stringify(result, null, "\t").slice(0, -2);
	const lines = samples.map((sample) => `\n\t\t${JSON.stringify(toRecord(sample))}`);
	return `${head},\n\t"samples": [${lines.join(",")}\n\t]\n}\n`;
}
