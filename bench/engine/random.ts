/** Seeded random numbers and the token ids that every side of a benchmark reads. The same on every machine. */

/** Uniform numbers in [0, 1): mulberry32. */
export function createRandom(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let t = Math.imul(state ^ (state >>> 15), state | 1);
		t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
		return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** Standard normal numbers: Box-Muller on {@link createRandom}. */
export function createNormal(seed: number): () => number {
	const random = createRandom(seed);
	return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** `count` token ids below `vocab`, beginning with <bos> (2); the lowest 300, control and byte tokens, do not follow. */
export function toTokenIds(count: number, vocab: number): number[] {
	const random = createRandom(count);
	const lowest = Math.min(300, vocab >> 1);
	return Array.from({ length: count }, (_, i) => (i === 0 ? 2 : lowest + Math.floor(random() * (vocab - lowest))));
}
