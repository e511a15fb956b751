/**
 * A long text as overlapping windows, so that a service with a limit reads all of it. Knows no service.
 */

/** Part of a window that neighbours share at least. */
const OVERLAP = 0.1;

/**
 * The text itself where it has at most `size` UTF-16 code units (>= 20), else windows of at most that many that cover it and
 * overlap by a tenth. No window begins or ends inside a surrogate pair.
 */
export function toWindows(text: string, size: number): string[] {
	if (text.length <= size) return [text];
	const overlap = Math.floor(size * OVERLAP);
	const count = Math.ceil((text.length - overlap) / (size - overlap - 2)); // 2: what boundaries may give way
	const last = text.length - size;
	return Array.from({ length: count }, (_, i) => {
		const start = Math.floor((last * i) / (count - 1));
		const end = start + size;
		return text.slice(partsPair(text, start) ? start + 1 : start, partsPair(text, end) ? end - 1 : end);
	});
}

function partsPair(text: string, at: number): boolean {
	const low = text.charCodeAt(at);
	const high = text.charCodeAt(at - 1);
	return low >= 0xdc00 && low <= 0xdfff && high >= 0xd800 && high <= 0xdbff;
}
