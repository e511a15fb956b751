/**
 * Cost-quality curves as an SVG: one panel per label, quality over the share of texts escalated, with what that costs below.
 * Readable on light and dark pages; series differ in shape and dashes, not in colour alone.
 */
import type { CascadeCurve, CurvePoint, Quality } from "./cascade-curve.ts";

const PANEL = { width: 460, height: 330, left: 48, right: 20, top: 64, bottom: 62 } as const;
const PLOT = {
	width: PANEL.width - PANEL.left - PANEL.right,
	height: PANEL.height - PANEL.top - PANEL.bottom,
} as const;
const COLUMNS = 2;
const HEAD = 56;

interface Series {
	readonly figure: keyof Quality;
	readonly name: string;
	readonly dash: string;
	mark(x: number, y: number): string;
}

const SERIES: readonly Series[] = [
	{ figure: "auPrc", name: "AU-PRC", dash: "none", mark: (x, y) => `<circle cx="${x}" cy="${y}" r="3"/>` },
	{
		figure: "f1AtFlag",
		name: "F1, flag",
		dash: "6 3",
		mark: (x, y) => `<rect x="${fixed(x - 2.5)}" y="${fixed(y - 2.5)}" width="5" height="5"/>`,
	},
	{
		figure: "f1AtBlock",
		name: "F1, block",
		dash: "2 3",
		mark: (x, y) => `<path d="M${x} ${fixed(y - 3.5)}l3.5 6h-7z"/>`,
	},
];

const STYLE = `
svg{--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;--page:#ffffff;--s0:#0550ae;--s1:#953800;--s2:#116329;
font:12px system-ui,sans-serif}
@media (prefers-color-scheme:dark){svg{--ink:#f0f6fc;--soft:#9198a1;--line:#3d444d;--page:#0d1117;--s0:#79c0ff;
--s1:#ffa657;--s2:#7ee787}}
.page{fill:var(--page)} text{fill:var(--ink)} .soft{fill:var(--soft);font-size:11px} .title{font-size:15px;font-weight:600}
.label{font-size:13px;font-weight:600} .grid{stroke:var(--line);stroke-width:1} .curve{fill:none;stroke-width:1.8}
${SERIES.map((_, i) => `.s${i} .curve{stroke:var(--s${i})} .s${i} .mark{fill:var(--s${i})}`).join(" ")}`;

/** The picture, a whole SVG document; `subtitle` says what the two scorers are. */
export function toCurveSvg(
	curves: readonly CascadeCurve[],
	{ title, subtitle }: { readonly title: string; readonly subtitle: string },
): string {
	const columns = Math.min(COLUMNS, Math.max(1, curves.length));
	const width = columns * PANEL.width;
	const height = HEAD + Math.ceil(curves.length / columns) * PANEL.height;
	const panels = curves.map((curve, i) => {
		const [x, y] = [(i % columns) * PANEL.width, HEAD + Math.floor(i / columns) * PANEL.height];
		return `<g transform="translate(${x} ${y})">${toPanel(curve)}</g>`;
	});
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
		`<title>${escapeXml(title)}</title><style>${STYLE}</style><rect class="page" width="${width}" height="${height}"/>`,
		`<text class="title" x="16" y="26">${escapeXml(title)}</text><text class="soft" x="16" y="44">${escapeXml(subtitle)}</text>`,
		...panels,
		"</svg>\n",
	].join("\n");
}

function toPanel(curve: CascadeCurve): string {
	const range = toRange(curve.points);
	const at = (point: CurvePoint, value: number): [number, number] => [
		fixed(PANEL.left + point.share * PLOT.width),
		fixed(PANEL.top + (1 - (value - range.from) / (range.to - range.from)) * PLOT.height),
	];
	const lines = SERIES.map((series, i) => {
		const points = curve.points.flatMap((point) => {
			const value = point[series.figure];
			return value === null ? [] : [{ point, value, place: at(point, value) }];
		});
		const path = points.map(({ place: [x, y] }) => `${x},${y}`).join(" ");
		const marks = points.map(
			({ point, value, place }) =>
				`<g class="mark">${series.mark(...place)}<title>${tip(series, point, value)}</title></g>`,
		);
		const line = `<polyline class="curve" stroke-dasharray="${series.dash}" points="${path}"/>`;
		return `<g class="s${i}">${line}${marks.join("")}</g>`;
	});
	return [toFrame(curve), toValueAxis(range), toShareAxis(curve.points), toLegend(), ...lines].join("\n");
}

function tip({ name }: Series, { share, band }: CurvePoint, value: number): string {
	return `${name} ${value.toFixed(3)}, ${percent(share)} escalated, band ${band.from.toFixed(3)} to ${band.to.toFixed(3)}`;
}

function toFrame({ label, n, positives }: CascadeCurve): string {
	const y = PANEL.top - 42;
	return (
		`<text class="label" x="${PANEL.left}" y="${y}">${escapeXml(label)}</text>` +
		`<text class="soft" x="${PANEL.width - PANEL.right}" y="${y}" text-anchor="end">${n} texts, ${positives} positive</text>`
	);
}

function toLegend(): string {
	const y = PANEL.top - 18;
	return SERIES.map(({ name, dash, mark }, i) => {
		const x = PANEL.left + i * 110;
		const sample = `<path class="curve" stroke-dasharray="${dash}" d="M${x} ${y - 4}h26"/>`;
		return `<g class="s${i}">${sample}<g class="mark">${mark(x + 13, y - 4)}</g></g><text x="${x + 32}" y="${y}">${name}</text>`;
	}).join("");
}

function toValueAxis({ from, to }: { from: number; to: number }): string {
	const steps = 4;
	return Array.from({ length: steps + 1 }, (_, i) => {
		const y = fixed(PANEL.top + (1 - i / steps) * PLOT.height);
		const value = (from + ((to - from) * i) / steps).toFixed(2);
		const line = `<path class="grid" d="M${PANEL.left} ${y}h${PLOT.width}"/>`;
		return `${line}<text class="soft" x="${PANEL.left - 6}" y="${y + 4}" text-anchor="end">${value}</text>`;
	}).join("");
}

/** Shares with what they cost: of the point nearest to each. */
function toShareAxis(points: readonly CurvePoint[]): string {
	const bottom = PANEL.top + PLOT.height;
	const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
		const x = fixed(PANEL.left + share * PLOT.width);
		const [before, after] = [points.findLast((p) => p.share <= share), points.find((p) => p.share >= share)];
		const cost = (figure: "msPerText" | "tokensPerText"): number => between(before, after, share, figure);
		const anchor = share === 0 ? "start" : share === 1 ? "end" : "middle";
		const text = (y: number, words: string): string =>
			`<text class="soft" x="${x}" y="${bottom + y}" text-anchor="${anchor}">${words}</text>`;
		const costs =
			before && after
				? text(31, `${toShort(cost("msPerText"))} ms`) + text(45, `${toShort(cost("tokensPerText"))} tok`)
				: "";
		return `<path class="grid" d="M${x} ${PANEL.top}v${PLOT.height + 4}"/>${text(17, percent(share))}${costs}`;
	});
	const name = `<text class="soft" x="${PANEL.left}" y="${bottom + 58}">escalated · cost per text and policy</text>`;
	return ticks.join("") + name;
}

/** A cost at a share between two points; costs grow evenly there. */
function between(
	before: CurvePoint | undefined,
	after: CurvePoint | undefined,
	share: number,
	figure: "msPerText" | "tokensPerText",
): number {
	if (before === undefined || after === undefined) return 0;
	const part = after.share === before.share ? 0 : (share - before.share) / (after.share - before.share);
	return before[figure] + part * (after[figure] - before[figure]);
}

/** The values of all series, out to full steps of 0.1. */
function toRange(points: readonly CurvePoint[]): { from: number; to: number } {
	const values = points.flatMap((point) => SERIES.flatMap(({ figure }) => point[figure] ?? []));
	if (values.length === 0) return { from: 0, to: 1 };
	const from = Math.floor(Math.min(...values) * 10) / 10;
	const to = Math.ceil(Math.max(...values) * 10) / 10;
	return to > from ? { from, to } : { from: from - 0.1, to: to + 0.1 };
}

function percent(share: number): string {
	return `${Number((share * 100).toFixed(1))} %`;
}

function toShort(value: number): string {
	return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function fixed(value: number): number {
	return Number(value.toFixed(1));
}

/** Characters that XML 1.0 does not allow even as references become replacement characters. */
function escapeXml(text: string): string {
	return text
		.toWellFormed()
		.replaceAll(/[^\t\n\r\u{20}-\u{fffd}\u{10000}-\u{10ffff}]/gu, "\ufffd")
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;");
}
