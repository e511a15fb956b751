/** Byte counts for people. */

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** "5.2 GB": decimal units, one digit after the point from kilobytes up. */
export function formatBytes(bytes: number): string {
	let value = bytes;
	let unit = 0;
	// What would round up to 1000.0 belongs to the next unit.
	while (value >= (unit === 0 ? 1000 : 999.95) && unit < UNITS.length - 1) {
		value /= 1000;
		unit++;
	}
	return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}
