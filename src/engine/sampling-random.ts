/**
 * Random numbers without state: a seed and a step's index give that step's number, so a generation that is run again, rewound
 * or batched with others draws the same tokens. Threefry-2x32 with 20 rounds.
 * Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011).
 */
import { randomInt } from "node:crypto";

/** Seeds are whole numbers of at most 53 bits; chosen ones have 47, the most that node:crypto gives at once. */
const CHOSEN_SEEDS = 2 ** 47;
/** SKEIN_KS_PARITY32 of the Skein hash. */
const PARITY = 0x1bd11bda;
const ROTATIONS = [
	[13, 15, 26, 6],
	[17, 29, 16, 24],
] as const;
/** Each round group of four is followed by a key injection. */
const GROUPS = 5;

/** A seed nobody can foresee. */
export function randomSeed(): number {
	return randomInt(CHOSEN_SEEDS);
}

/** The number in [0, 1) of a step, 53 bits: `seed` any safe integer, `index` the step's. */
export function uniformAt(seed: number, index: number): number {
	const [high, low] = threefry(
		[seed | 0, Math.floor(seed / 2 ** 32) | 0],
		[index | 0, Math.floor(index / 2 ** 32) | 0],
	);
	return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
}

/** Two words of 32 bits for a key and a counter of two words each; signed, as bitwise operators leave them. */
export function threefry(
	key: readonly [number, number],
	counter: readonly [number, number],
): readonly [number, number] {
	const keys = [key[0], key[1], PARITY ^ key[0] ^ key[1]];
	let a = (counter[0] + keys[0]!) | 0;
	let b = (counter[1] + keys[1]!) | 0;
	for (let group = 0; group < GROUPS; group++) {
		for (const turn of ROTATIONS[group % 2]!) {
			a = (a + b) | 0;
			b = ((b << turn) | (b >>> (32 - turn))) ^ a;
		}
		a = (a + keys[(group + 1) % 3]!) | 0;
		b = (b + keys[(group + 2) % 3]! + group + 1) | 0;
	}
	return [a, b];
}
