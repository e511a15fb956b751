/** Tables for people. */

/** Columns padded to equal width, the first to the left, numbers to the right. */
export function align(rows: readonly (readonly string[])[]): string[] {
	const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
	return rows.map((row) =>
		row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "),
	);
}
