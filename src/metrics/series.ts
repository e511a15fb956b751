/**
 * Counters and histograms whose series are found once and counted often. prom-client finds a series each time by a text that it
 * makes of all labels, and checks these: with twenty per judged text that is the larger part of counting. What is read is the same.
 */
import { Counter, type Histogram, type Registry } from "prom-client";

/** What series of one name share. */
export interface SeriesOptions {
	readonly name: string;
	readonly help: string;
	readonly labelNames?: readonly string[] | undefined;
	readonly registry: Registry;
}

/** Values of labels by name; all of them. */
export type Labels = Readonly<Record<string, string>>;

/** Series of one name. Each is there from the first time it is asked for. */
export interface SeriesOf<Series> {
	of(labels: Labels): Series;
	/** What was counted is forgotten; whoever holds the series counts for nobody. */
	remove(labels: Labels): void;
}

/** Counts. */
export interface CounterSeries {
	/** What has been counted and is not yet with prom-client. */
	more: number;
}

/** Registers a counter; a series is read with what `more` has gathered. */
export function createCounters({ name, help, labelNames = [], registry }: SeriesOptions): SeriesOf<CounterSeries> {
	const series = new Map<string, { readonly labels: Labels; readonly counter: CounterSeries }>();
	const counter = new Counter({
		...{ name, help, labelNames, registers: [registry] },
		collect() {
			for (const { labels, counter } of series.values()) {
				this.inc(labels, counter.more);
				counter.more = 0;
			}
		},
	});
	return {
		of(labels) {
			const found = series.get(toId(labels));
			if (found !== undefined) return found.counter;
			const made = { more: 0 };
			series.set(toId(labels), { labels, counter: made });
			return made;
		},
		remove(labels) {
			series.delete(toId(labels));
			counter.remove(labels);
		},
	};
}

/** Takes values. */
export interface HistogramSeries {
	observe(value: number): void;
}

interface Values {
	readonly labels: Labels;
	/** How many are at most each bound, but above the one before; last those above all. */
	readonly counts: number[];
	sum: number;
	readonly series: HistogramSeries;
}

/** Registers a histogram with these upper bounds, ascending. */
export function createHistograms({
	name,
	help,
	registry,
	bounds,
}: SeriesOptions & { readonly bounds: readonly number[] }): SeriesOf<HistogramSeries> {
	const series = new Map<string, Values>();
	const get = async (): Promise<object> => {
		const values = [...series.values()].flatMap((of) => toSamples(name, bounds, of));
		return { name, help, type: "histogram", values, aggregator: "sum" };
	};
	registry.registerMetric({ name, get } as unknown as Histogram);
	return {
		of(labels) {
			const found = series.get(toId(labels)) ?? createValues(labels, bounds);
			series.set(toId(labels), found);
			return found.series;
		},
		remove: (labels) => void series.delete(toId(labels)),
	};
}

function createValues(labels: Labels, bounds: readonly number[]): Values {
	const counts = new Array<number>(bounds.length + 1).fill(0);
	const observe = (value: number): void => {
		let i = 0;
		while (i < bounds.length && value > bounds[i]!) i++;
		counts[i]!++;
		values.sum += value;
	};
	const values = { labels, counts, sum: 0, series: { observe } };
	return values;
}

/** In prom-client's form: buckets hold what is in those below them, too. */
function toSamples(name: string, bounds: readonly number[], { labels, counts, sum }: Values): object[] {
	let count = 0;
	const buckets = counts.map((more, i) => {
		count += more;
		return { metricName: `${name}_bucket`, labels: { le: bounds[i] ?? "+Inf", ...labels }, value: count };
	});
	return [
		...buckets,
		{ metricName: `${name}_sum`, labels, value: sum },
		{ metricName: `${name}_count`, labels, value: count },
	];
}

function toId(labels: Labels): string {
	return JSON.stringify(Object.values(labels));
}
