/** What a scan is and has found, in words and tables. */
import { countErrors, type ScanProgress, type ScanReport, type Tally } from "../scan/index.ts";
import { align } from "./table.ts";
import { formatDuration } from "./transfer.ts";

const BAR_CELLS = 20;

/** Rates of a scan at one moment; undefined while it is too early to tell. */
export interface ScanRates {
	readonly rowsPerSecond: number | undefined;
	readonly bytesPerSecond: number | undefined;
}

/** "[=====>              ] 27 %, 120,000 rows, 3,100 per second, 2 min left; hate 12, sexual 3; 1 error". */
export function formatScan({ bytes, totalBytes, tally }: ScanProgress, rates: ScanRates): string {
	const { rowsPerSecond, bytesPerSecond } = rates;
	const left = totalBytes === undefined || !bytesPerSecond ? undefined : (totalBytes - bytes) / bytesPerSecond;
	const facts = [
		totalBytes === undefined ? undefined : toBar(totalBytes === 0 ? 1 : bytes / totalBytes),
		`${formatCount(tally.rows)} rows`,
		rowsPerSecond === undefined ? undefined : `${formatCount(rowsPerSecond)} per second`,
		left === undefined ? undefined : `${formatDuration(left)} left`,
	];
	const found = Object.entries(tally.policies)
		.map(([id, { flagged, blocked }]) => ({ id, n: flagged + blocked }))
		.filter(({ n }) => n > 0)
		.map(({ id, n }) => `${id} ${formatCount(n)}`);
	const errors = countErrors(tally);
	const groups = [
		facts.filter((fact) => fact !== undefined).join(", "),
		found.join(", "),
		errors === 0 ? "" : `${formatCount(errors)} errors`,
	];
	return groups.filter((group) => group !== "").join("; ");
}

/** The tables at the end, each line without its line break. */
export function toScanTable(report: ScanReport, out: string, seconds: number): string[] {
	const { tally, files, rowsBefore } = report;
	const { rows, blank, actions } = tally;
	const rate = seconds > 0 ? `, ${formatCount((rows - rowsBefore) / seconds)} per second` : "";
	const head = [
		`${formatCount(rows)} rows of ${files} ${files === 1 ? "file" : "files"} in ${formatDuration(seconds)}${rate}: ${out}`,
		...(rowsBefore > 0 ? [`${formatCount(rowsBefore)} of them were done before`] : []),
		...(blank > 0 ? [`${formatCount(blank)} blank lines have no result`] : []),
	];
	const counts = align([
		["allowed", formatCount(actions.allow)],
		["flagged", formatCount(actions.flag)],
		["blocked", formatCount(actions.block)],
		["errors", formatCount(countErrors(tally))],
		...Object.entries(tally.errors).map(([code, n]) => [`  ${code}`, formatCount(n)]),
	]);
	return [...head, "", ...counts, "", ...toPolicyLines(tally)];
}

function toPolicyLines({ policies }: Tally): string[] {
	const some = Object.values(policies).some(({ withoutRisk }) => withoutRisk > 0);
	const rows = Object.entries(policies).map(([id, { flagged, blocked, withoutRisk }]) => [
		id,
		formatCount(flagged),
		formatCount(blocked),
		...(some ? [formatCount(withoutRisk)] : []),
	]);
	return align([["policy", "flagged", "blocked", ...(some ? ["without risk"] : [])], ...rows]);
}

function toBar(share: number): string {
	const cells = Math.floor(Math.min(1, share) * BAR_CELLS);
	const bar = `${"=".repeat(cells)}${cells < BAR_CELLS ? ">" : ""}`.padEnd(BAR_CELLS);
	return `[${bar}] ${Math.floor(share * 100)} %`;
}

function formatCount(n: number): string {
	return Math.round(n).toLocaleString("en-US");
}
