/** A text on its way through the folding: code points, each with the original UTF-16 range behind it. Knows no rule of folding. */

/** What the passes hand on; the three lists have one length. */
export interface Folding {
	cps: number[];
	starts: number[];
	ends: number[];
}

/** An empty one. */
export function createFolding(): Folding {
	return { cps: [], starts: [], ends: [] };
}

/** Appends a code point with its range. */
export function push(f: Folding, cp: number, start: number, end: number): void {
	f.cps.push(cp);
	f.starts.push(start);
	f.ends.push(end);
}

/** Appends what stands at `index` of another one. */
export function copy(to: Folding, from: Folding, index: number): void {
	push(to, from.cps[index]!, from.starts[index]!, from.ends[index]!);
}
