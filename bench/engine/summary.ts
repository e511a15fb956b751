/** From samples to medians, ratios and their bounds. Prefers clean samples; says so where there are too few. */
import { median } from "../load.ts";
import type { Measure, Sample } from "./measure.ts";
import { decodeCacheValues, decodeWeights, prefillMultiplyAdds, type Shape } from "./shapes.ts";
import type { SideSpec } from "./sides.ts";

/** Below this many clean samples, all count. */
const ENOUGH = 3;

/** One side under one measure; `floorMs` is what the machine's measured rates allow. */
export interface Row extends Measure {
	readonly side: string;
	readonly ms: number;
	readonly tokensPerSecond: number;
	readonly floorMs: number;
	readonly cleanSamples: number;
	readonly samples: number;
}

/** A bound on how ours compares with another side: `ratio` is theirs over ours, or for memory ours over theirs. */
export interface Ratio {
	readonly what: string;
	readonly ratio: number;
	readonly goal: string;
	readonly met: boolean;
}

/** The measured limits of the machine. */
export interface Limits {
	readonly int8PerSecond: number;
	readonly bytesPerSecond: number;
}

/** One row per side and measure, in the order of first samples. */
export function toRows(
	samples: readonly Sample[],
	sides: readonly SideSpec[],
	model: { shape: Shape; layers: number; limits: Limits },
): Row[] {
	const groups = Map.groupBy(samples, ({ kind, tokens, side }) => `${kind} ${tokens} ${side}`);
	return [...groups.values()].map((group): Row => {
		const { kind, tokens, side } = group[0]!;
		const clean = group.filter((sample) => sample.clean);
		const ms = median((clean.length >= ENOUGH ? clean : group).map((sample) => sample.ms));
		const bits = sides.find(({ name }) => name === side)!.bits;
		const floorMs = toFloorMs({ kind, tokens }, bits, model);
		const done = kind === "prefill" ? tokens : 1;
		return {
			...{ kind, tokens, side, ms, floorMs },
			tokensPerSecond: (1000 * done) / ms,
			cleanSamples: clean.length,
			samples: group.length,
		};
	});
}

/** Prefill: its multiply-adds at the int8 rate. Decoding: its weights, keys and values (float16) at the bandwidth. */
function toFloorMs(
	{ kind, tokens }: Measure,
	bits: number,
	{ shape, layers, limits }: { shape: Shape; layers: number; limits: Limits },
): number {
	if (kind === "prefill") return (1000 * prefillMultiplyAdds(shape, layers, tokens)) / limits.int8PerSecond;
	const bytes = (decodeWeights(shape, layers) * bits) / 8 + 2 * decodeCacheValues(shape, layers, tokens);
	return (1000 * bytes) / limits.bytesPerSecond;
}

/** Ours against llama.cpp, per round so that both saw the same clock, then the median. Sides that did not run are left out. */
export function toRatios(samples: readonly Sample[], rows: readonly Row[]): Ratio[] {
	const measures = new Map(rows.map(({ kind, tokens }) => [`${kind} ${tokens}`, { kind, tokens }]));
	return [...measures.values()].flatMap((measure) => {
		const of = rows.filter((row) => row.kind === measure.kind && row.tokens === measure.tokens);
		const theirs = of.filter((row) => row.side.startsWith("llama"));
		const fastest = theirs.toSorted((a, b) => a.ms - b.ms)[0]?.side;
		const goals: [ours: string, other: string | undefined, goal: number][] =
			measure.kind === "prefill"
				? [
						["sluice q8", "llama Q8_0", 4],
						["sluice q8", fastest, 2.2],
						["sluice q4", "llama Q4_0", 1.35],
					]
				: [
						["sluice q8", "llama Q8_0", 1.4],
						["sluice q4", "llama Q4_0", 1],
					];
		return goals.flatMap(([ours, other, goal]) => {
			const ratio = pairedRatio(samples, measure, ours, other);
			const what = `${measure.kind} ${measure.tokens}: ${ours} over ${other}`;
			return ratio === undefined ? [] : [{ what, ratio, goal: `>= ${goal}`, met: ratio >= goal }];
		});
	});
}

function pairedRatio(
	samples: readonly Sample[],
	{ kind, tokens }: Measure,
	ours: string,
	theirs: string | undefined,
): number | undefined {
	const of = (side: string | undefined): Sample[] => {
		return samples.filter((sample) => sample.kind === kind && sample.tokens === tokens && sample.side === side);
	};
	const pairs = of(ours).flatMap((own) => {
		const other = of(theirs).find(({ round }) => round === own.round);
		return other === undefined ? [] : [{ ratio: other.ms / own.ms, clean: own.clean && other.clean }];
	});
	const clean = pairs.filter((pair) => pair.clean);
	const used = clean.length >= ENOUGH ? clean : pairs;
	return used.length === 0 ? undefined : median(used.map(({ ratio }) => ratio));
}

/** Peak resident memory of ours over that of llama.cpp at equal bits. */
export function toMemoryRatios(peaks: ReadonlyMap<string, number>): Ratio[] {
	const pairs = [
		["sluice q8", "llama Q8_0"],
		["sluice q4", "llama Q4_0"],
	] as const;
	return pairs.flatMap(([ours, theirs]) => {
		const [own, other] = [peaks.get(ours), peaks.get(theirs)];
		if (own === undefined || other === undefined) return [];
		return [{ what: `peak memory: ${ours} of ${theirs}`, ratio: own / other, goal: "<= 1.1", met: own <= 1.1 * other }];
	});
}
