/**
 * Histograms of risks as an SVG: one panel per policy, texts per range of risk on a logarithmic scale, since most texts have
 * next to none. Readable on light and dark pages; thresholds differ in dashes, not in colour alone.
 */
import { BINS, type Tally } from "./tally.ts";

const PANEL = { width: 380, height: 220, left: 52, right: 16, top: 48, bottom: 34 } as const;
const PLOT = {
	width: PANEL.width - PANEL.left - PANEL.right,
	height: PANEL.height - PANEL.top - PANEL.bottom,
} as const;
const COLUMNS = 2;
const HEAD = 56;

const STYLE = `
svg{--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;--page:#ffffff;--bar:#0550ae;--flag:#953800;--block:#a40e26;
font:12px system-ui,sans-serif}
@media (prefers-color-scheme:dark){svg{--ink:#f0f6fc;--soft:#9198a1;--line:#3d444d;--page:#0d1117;--bar:#79c0ff;
--flag:#ffa657;--block:#ff7b72}}
.page{fill:var(--page)} text{fill:var(--ink)} .soft{fill:var(--soft);font-size:11px} .title{font-size:15px;font-weight:600}
.label{font-size:13px;font-weight:600} .grid{stroke:var(--line);stroke-width:1} .bar{fill:var(--bar)}
.flag{stroke:var(--flag);stroke-width:1.5;stroke-dasharray:5 3} .block{stroke:var(--block);stroke-width:1.5}`;

/** What is drawn of a policy beside its counts. */
export interface HistogramPolicy {
	readonly id: string;
	readonly thresholds: { readonly flag: number; readonly block: number };
}

/** The picture, a whole SVG document. */
export function toHistogramSvg(
	tally: Pick<Tally, "policies">,
	policies: readonly HistogramPolicy[],
	{ title, subtitle }: { readonly title: string; readonly subtitle: string },
): string {
	const columns = Math.min(COLUMNS, Math.max(1, policies.length));
	const width = columns * PANEL.width;
	const height = HEAD + Math.ceil(policies.length / columns) * PANEL.height;
	const panels = policies.map((policy, i) => {
		const [x, y] = [(i % columns) * PANEL.width, HEAD + Math.floor(i / columns) * PANEL.height];
		return `<g transform="translate(${x} ${y})">${toPanel(tally, policy)}</g>`;
	});
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
		`<title>${escapeXml(title)}</title><style>${STYLE}</style><rect class="page" width="${width}" height="${height}"/>`,
		`<text class="title" x="16" y="26">${escapeXml(title)}</text><text class="soft" x="16" y="44">${escapeXml(subtitle)}</text>`,
		...panels,
		"</svg>\n",
	].join("\n");
}

function toPanel({ policies }: Pick<Tally, "policies">, { id, thresholds }: HistogramPolicy): string {
	const { flagged = 0, blocked = 0, histogram = [] } = policies[id] ?? {};
	const decades = Math.max(1, Math.ceil(Math.log10(Math.max(1, ...histogram) + 1)));
	const bars = histogram.map((n, i) => toBar(n, i, decades));
	return [
		`<text class="label" x="${PANEL.left}" y="20">${escapeXml(id)}</text>`,
		`<text class="soft" x="${PANEL.left}" y="36">${flagged} flagged from ${thresholds.flag}, ${blocked} blocked from ${thresholds.block}</text>`,
		toCountAxis(decades),
		...bars,
		toRiskAxis(),
		toThreshold("flag", thresholds.flag),
		toThreshold("block", thresholds.block),
	].join("");
}

function toBar(n: number, index: number, decades: number): string {
	if (n === 0) return "";
	const height = fixed((Math.log10(n + 1) / decades) * PLOT.height);
	const x = fixed(PANEL.left + (index / BINS) * PLOT.width + 1);
	const y = fixed(PANEL.top + PLOT.height - height);
	const tip = `${n} texts with a risk from ${(index / BINS).toFixed(2)} to ${((index + 1) / BINS).toFixed(2)}`;
	return `<rect class="bar" x="${x}" y="${y}" width="${fixed(PLOT.width / BINS - 2)}" height="${height}"><title>${tip}</title></rect>`;
}

function toCountAxis(decades: number): string {
	return Array.from({ length: decades + 1 }, (_, decade) => {
		const n = decade === 0 ? 0 : 10 ** decade;
		const y = fixed(PANEL.top + (1 - Math.log10(n + 1) / Math.max(decades, Math.log10(n + 1))) * PLOT.height);
		const line = `<path class="grid" d="M${PANEL.left} ${y}h${PLOT.width}"/>`;
		return `${line}<text class="soft" x="${PANEL.left - 6}" y="${y + 4}" text-anchor="end">${toShort(n)}</text>`;
	}).join("");
}

function toRiskAxis(): string {
	const y = PANEL.top + PLOT.height + 16;
	return [0, 0.25, 0.5, 0.75, 1]
		.map((risk) => {
			const x = fixed(PANEL.left + risk * PLOT.width);
			return `<text class="soft" x="${x}" y="${y}" text-anchor="middle">${risk}</text>`;
		})
		.join("");
}

function toThreshold(action: "flag" | "block", at: number): string {
	const x = fixed(PANEL.left + at * PLOT.width);
	return `<path class="${action}" d="M${x} ${PANEL.top}v${PLOT.height}"><title>${action} from ${at}</title></path>`;
}

function toShort(n: number): string {
	if (n < 1000) return String(n);
	return n < 1_000_000 ? `${n / 1000} k` : `${n / 1_000_000} M`;
}

function fixed(value: number): number {
	return Number(value.toFixed(1));
}

function escapeXml(text: string): string {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
