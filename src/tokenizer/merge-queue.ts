/** A binary heap of pending merges: lowest rank first, at equal rank the leftmost. Knows no tokens. */

/** A rank (< 2^21) and a position (< 2^32) in one double, ordered as BPE applies merges. */
const SHIFT = 2 ** 32;

/** Pending merges. `pop` moves the next one into `rank` and `position`, or returns false when none is left. */
export interface MergeQueue {
	rank: number;
	position: number;
	push(rank: number, position: number): void;
	pop(): boolean;
}

/** An empty queue; it grows as needed. */
export function createMergeQueue(): MergeQueue {
	let keys = new Float64Array(256);
	let size = 0;
	const queue: MergeQueue = {
		rank: -1,
		position: -1,
		push(rank, position) {
			if (size === keys.length) {
				const grown = new Float64Array(size * 2);
				grown.set(keys);
				keys = grown;
			}
			const key = rank * SHIFT + position;
			let at = size++;
			while (at > 0) {
				const parent = (at - 1) >> 1;
				if (keys[parent]! <= key) break;
				keys[at] = keys[parent]!;
				at = parent;
			}
			keys[at] = key;
		},
		pop() {
			if (size === 0) return false;
			const top = keys[0]!;
			const last = keys[--size]!;
			let at = 0;
			for (let child = 1; child < size; child = 2 * at + 1) {
				if (child + 1 < size && keys[child + 1]! < keys[child]!) child++;
				if (keys[child]! >= last) break;
				keys[at] = keys[child]!;
				at = child;
			}
			keys[at] = last;
			queue.rank = Math.floor(top / SHIFT);
			queue.position = top - queue.rank * SHIFT;
			return true;
		},
	};
	return queue;
}
