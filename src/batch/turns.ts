/**
 * Who may put the next piece into the queue. So many pieces may be out at once; a free place goes to the tenant with the
 * fewest out, of its batches to the one with the fewest out, and among equals to who has waited longest since its last turn.
 */

/** Places in the queue. */
export interface Turns {
	/** Resolves when the batch may put one piece into the queue; rejects with the signal's reason. */
	take(of: { tenant: string; batch: number; signal: AbortSignal }): Promise<void>;
	/** A piece that is out already takes a place, also where there is none. */
	adopt(of: { tenant: string; batch: number }): void;
	/** A piece came back. */
	release(of: { tenant: string; batch: number }): void;
}

interface Waiter {
	readonly tenant: string;
	readonly batch: number;
	admit(): void;
}

/** @param places pieces out at once, of all batches and of one. */
export function createTurns(places: { readonly all: number; readonly perBatch: number }): Turns {
	const tally = createTally();
	const waiting = new Set<Waiter>();
	const admitNext = (): void => {
		while (tally.total() < places.all) {
			let best: Waiter | undefined;
			for (const waiter of waiting) {
				if (tally.out(waiter.batch) >= places.perBatch) continue;
				if (best === undefined || isBefore(tally.rank(waiter), tally.rank(best))) best = waiter;
			}
			if (best === undefined) return;
			tally.change(best, 1);
			tally.noteTurn(best);
			best.admit();
		}
	};
	return {
		take: ({ tenant, batch, signal }) =>
			new Promise((resolve, reject) => {
				if (signal.aborted) {
					reject(signal.reason);
					return;
				}
				const leave = (): void => {
					waiting.delete(waiter);
					reject(signal.reason);
				};
				const admit = (): void => {
					waiting.delete(waiter);
					signal.removeEventListener("abort", leave);
					resolve();
				};
				const waiter = { tenant, batch, admit };
				waiting.add(waiter);
				signal.addEventListener("abort", leave, { once: true });
				admitNext();
			}),
		adopt: (of) => tally.change(of, 1),
		release(of) {
			tally.change(of, -1);
			admitNext();
		},
	};
}

type Whose = Pick<Waiter, "tenant" | "batch">;

interface Tally {
	total(): number;
	/** Pieces out of a tenant or a batch. */
	out(key: string | number): number;
	change(whose: Whose, by: 1 | -1): void;
	noteTurn(whose: Whose): void;
	/** Lower is first: pieces out and last turn, of the tenant, then of the batch. */
	rank(whose: Whose): readonly number[];
}

function createTally(): Tally {
	const out = new Map<string | number, number>(); // by tenant, by batch
	const lastTurn = new Map<string | number, number>();
	let total = 0;
	let turn = 0;
	const count = (key: string | number): number => out.get(key) ?? 0;
	const add = (key: string | number, by: number): void => {
		out.set(key, count(key) + by);
		if (count(key) > 0) return;
		out.delete(key);
		if (typeof key === "number") lastTurn.delete(key); // batches end, tenants stay
	};
	return {
		total: () => total,
		out: count,
		change({ tenant, batch }, by) {
			total += by;
			add(tenant, by);
			add(batch, by);
		},
		noteTurn({ tenant, batch }) {
			turn++;
			lastTurn.set(tenant, turn).set(batch, turn);
		},
		rank: ({ tenant, batch }) => [tenant, batch].flatMap((key) => [count(key), lastTurn.get(key) ?? 0]),
	};
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
	const i = a.findIndex((value, at) => value !== b[at]);
	return i >= 0 && a[i]! < b[i]!;
}
