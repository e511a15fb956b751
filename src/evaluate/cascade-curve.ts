/**
 * What a cascade costs and how well it does for growing bands of doubt, computed from both scorers' risks of the same texts.
 * Pure numbers. Bands grow around the policy's turning point, so a point of the curve is a band for a policy file.
 */
import { isDoubtful, turningPoint } from "../scorers/index.ts";
import type { CascadeSpec, Policy } from "../types.ts";
import { decide, rank } from "./ranking.ts";

/** Risks of both scorers and what they read, text by text, and the truth (1 = positive). */
export interface StagedColumn {
	readonly first: number[];
	readonly second: number[];
	readonly firstTokens: number[];
	readonly secondTokens: number[];
	readonly truth: number[];
}

/** Figures of one way to decide; `null` where the data cannot say. */
export interface Quality {
	readonly auPrc: number | null;
	readonly f1AtFlag: number | null;
	readonly f1AtBlock: number | null;
}

/** What a text costs under one policy. */
export interface Cost {
	readonly msPerText: number;
	readonly tokensPerText: number;
}

/** A band and what it gives; `share` of the texts are in it and get the second scorer's risk. */
export interface CurvePoint extends Quality, Cost {
	readonly share: number;
	readonly band: CascadeSpec["band"];
}

/** The curve of one label. */
export interface CascadeCurve {
	readonly label: string;
	readonly n: number;
	readonly positives: number;
	/** Rows where a scorer gave an action in place of a risk; they count in no figure. */
	readonly unscored: number;
	readonly thresholds: Readonly<Pick<Policy["thresholds"], "flag" | "block">>;
	readonly first: Quality & Cost;
	readonly second: Quality & Cost;
	/** From no text escalated to all; the first scorer reads all texts at every point. */
	readonly points: readonly CurvePoint[];
}

/** Shares that the curve aims at. */
const SHARES: readonly number[] = [0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

/** @param of what both scorers take for a text under one policy, milliseconds. */
export function toCurve(
	column: StagedColumn,
	of: {
		readonly label: string;
		readonly thresholds: Pick<Policy["thresholds"], "flag" | "block">;
		readonly unscored: number;
		readonly ms: { readonly first: number; readonly second: number };
	},
): CascadeCurve {
	const { truth, first, second } = column;
	const { flag, block } = of.thresholds;
	const firstTokens = mean(column.firstTokens);
	const bands = toBands(first, turningPoint(of.thresholds));
	return {
		label: of.label,
		n: truth.length,
		positives: sum(truth),
		unscored: of.unscored,
		thresholds: { flag, block },
		first: { ...toQuality(first, truth, of.thresholds), msPerText: of.ms.first, tokensPerText: firstTokens },
		second: {
			...toQuality(second, truth, of.thresholds),
			msPerText: of.ms.second,
			tokensPerText: mean(column.secondTokens),
		},
		points: bands.map((band) => {
			const escalated = first.map((risk) => isDoubtful(risk, band));
			const share = mean(escalated.map(Number));
			const risks = first.map((risk, i) => (escalated[i] ? second[i]! : risk));
			const tokens = mean(column.secondTokens.map((count, i) => (escalated[i] ? count : 0)));
			return {
				share,
				band,
				msPerText: of.ms.first + share * of.ms.second,
				tokensPerText: firstTokens + tokens,
				...toQuality(risks, truth, of.thresholds),
			};
		}),
	};
}

/** Bands around a centre that hold about so many of the risks as wanted, from none to all; ties make them hold more. */
function toBands(risks: readonly number[], centre: number): CascadeSpec["band"][] {
	const distances = risks.map((risk) => Math.abs(risk - centre)).sort((a, b) => a - b);
	const counts = new Set<number>();
	for (const share of SHARES) {
		let count = Math.round(share * distances.length);
		while (count > 0 && distances[count] === distances[count - 1]) count++;
		counts.add(count);
	}
	return [...counts].map((count) => {
		if (count === 0) return { from: centre, to: centre };
		if (count >= distances.length) return { from: 0, to: 1 };
		const reach = (distances[count - 1]! + distances[count]!) / 2;
		return { from: Math.max(0, centre - reach), to: Math.min(1, centre + reach) };
	});
}

function toQuality(
	risks: readonly number[],
	truth: readonly number[],
	{ flag, block }: Pick<Policy["thresholds"], "flag" | "block">,
): Quality {
	const f1From = (threshold: number): number | null =>
		decide(
			risks.map((risk) => (risk >= threshold ? 1 : 0)),
			truth,
		).f1;
	return { auPrc: rank({ risks, truth }).auPrc, f1AtFlag: f1From(flag), f1AtBlock: f1From(block) };
}

function sum(values: readonly number[]): number {
	return values.reduce((a, b) => a + b, 0);
}

function mean(values: readonly number[]): number {
	return values.length === 0 ? 0 : sum(values) / values.length;
}
