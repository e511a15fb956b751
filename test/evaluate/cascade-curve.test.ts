import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CascadeCurve } from "../../src/evaluate/index.ts";
import { rank, toCurve, toCurveSvg } from "../../src/evaluate/index.ts";
import { isDoubtful } from "../../src/scorers/index.ts";
import { createRandom } from "../engine/model-directory.ts";
import { findAll, parseXml } from "./xml.ts";

const THRESHOLDS = { flag: 0.3, block: 0.7 };
const MS = { first: 1, second: 100 };

/** A first scorer that is right most of the time, and a second that always is; `rows` of them. */
function columnOf(rows: number, round = (risk: number) => risk): Parameters<typeof toCurve>[0] {
	const next = createRandom(7);
	const truth = Array.from({ length: rows }, () => (next() < 0.3 ? 1 : 0));
	const first = truth.map((positive) => round(Math.min(1, Math.max(0, (positive + next()) / 2 + (next() - 0.5) / 2))));
	const second = truth.map((positive) => (positive ? 0.95 : 0.05));
	return { truth, first, second, firstTokens: truth.map(() => 10), secondTokens: truth.map((_, i) => 100 + (i % 2)) };
}

const curveOf = (column: Parameters<typeof toCurve>[0]): CascadeCurve =>
	toCurve(column, { label: "hate", thresholds: THRESHOLDS, unscored: 0, ms: MS });
const qualityOf = ({ auPrc, f1AtFlag, f1AtBlock }: CascadeCurve["first"]): object => ({ auPrc, f1AtFlag, f1AtBlock });

describe("toCurve", () => {
	it("begins with the first scorer alone and ends with the second alone, exactly", () => {
		const curve = curveOf(columnOf(200));
		const [begin, end] = [curve.points[0]!, curve.points.at(-1)!];
		assert.deepEqual([begin.share, end.share], [0, 1]);
		assert.deepEqual(qualityOf(begin), qualityOf(curve.first));
		assert.deepEqual(qualityOf(end), qualityOf(curve.second));
		assert.equal(curve.second.f1AtFlag, 1);
		assert.deepEqual([begin.msPerText, begin.tokensPerText], [1, 10]);
		assert.deepEqual([end.msPerText, end.tokensPerText], [101, 110.5]);
		assert.deepEqual([curve.first.msPerText, curve.second.msPerText], [1, 100]);
	});
	it("each point is what its band gives, and bands, shares and costs grow", () => {
		const column = columnOf(200);
		const { points } = curveOf(column);
		assert.ok(points.length > 8);
		for (const [i, point] of points.entries()) {
			const escalated = column.first.map((risk) => isDoubtful(risk, point.band));
			assert.equal(point.share, escalated.filter(Boolean).length / 200);
			const risks = column.first.map((risk, row) => (escalated[row] ? column.second[row]! : risk));
			assert.equal(point.auPrc, rank({ risks, truth: column.truth }).auPrc);
			assert.equal(point.msPerText, 1 + point.share * 100);
			const before = points[i - 1];
			if (before !== undefined) {
				assert.ok(before.share < point.share && before.tokensPerText < point.tokensPerText);
				assert.ok(before.band.from >= point.band.from && before.band.to <= point.band.to);
			}
		}
	});
	it("keeps texts of equal risk together, and still reaches both ends", () => {
		const tied = curveOf(columnOf(60, (risk) => Math.round(risk * 4) / 4));
		assert.deepEqual([tied.points[0]!.share, tied.points.at(-1)!.share], [0, 1]);
		const same = curveOf(columnOf(20, () => 1));
		assert.deepEqual(
			same.points.map(({ share }) => share),
			[0, 1],
		);
	});
	it("a label without positives, or without any row, has no figures and no invented ones", () => {
		const column = columnOf(10);
		const harmless = curveOf({ ...column, truth: column.truth.map(() => 0), first: column.first.map(() => 0.1) });
		assert.deepEqual([harmless.first.auPrc, harmless.first.f1AtFlag], [null, null]);
		const empty = curveOf({ truth: [], first: [], second: [], firstTokens: [], secondTokens: [] });
		assert.deepEqual([empty.n, empty.positives, empty.first.auPrc], [0, 0, null]);
		parseXml(toCurveSvg([harmless, empty], { title: "t", subtitle: "s" }));
	});
});

describe("toCurveSvg", () => {
	it("is XML with a panel per label, a line per figure and a tooltip per point, inside its own frame", () => {
		const curves = ["any", "hate", "self-harm"].map((label) => ({ ...curveOf(columnOf(100)), label }));
		const svg = parseXml(toCurveSvg(curves, { title: "Costs", subtitle: "two scorers" }));
		assert.deepEqual([svg.name, svg.attributes.xmlns], ["svg", "http://www.w3.org/2000/svg"]);
		const lines = findAll(svg, "polyline");
		assert.equal(lines.length, 3 * 3);
		const [, , width, height] = svg.attributes.viewBox!.split(" ").map(Number);
		for (const { attributes } of lines)
			for (const point of attributes.points!.split(" ")) {
				const [x, y] = point.split(",").map(Number);
				assert.ok(x! >= 0 && x! <= width! && y! >= 0 && y! <= height!, point);
			}
		const tips = findAll(svg, "title").map(({ text }) => text);
		assert.equal(tips.length, 1 + 3 * 3 * curves[0]!.points.length);
		assert.match(tips[1]!, /^AU-PRC \d\.\d{3}, 0 % escalated, band 0\.500 to 0\.500$/);
		assert.ok(findAll(svg, "text").some(({ text }) => text === "self-harm"));
	});
	it("shows names as they are, whatever signs they hold, and stays XML", () => {
		const subtitle = 'a<b> & "c" \u0001\u001b\ud800 &amp;';
		const svg = parseXml(toCurveSvg([], { title: "</svg>", subtitle }));
		const texts = findAll(svg, "text").map(({ text }) => text);
		assert.deepEqual(texts, ["</svg>", 'a<b> & "c" \ufffd\ufffd\ufffd &amp;']);
	});
	it("the check of the tests refuses what is not XML", () => {
		for (const wrong of [
			"<a>",
			"<a></b>",
			"<a/><b/>",
			"<a b=c/>",
			"<a>&</a>",
			"<a>\u0001</a>",
			"text",
			'<a b="1" b="2"/>',
		])
			assert.throws(() => parseXml(wrong), wrong);
	});
});
