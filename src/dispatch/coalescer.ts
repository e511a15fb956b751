/**
 * Sends together what comes in while sends are under way: alone where little is to do, in large groups where much is. Knows
 * neither queues nor texts.
 */

/** How groups are made and sent. */
export interface CoalescerOptions<Item> {
	/** Sends a group; its failure is the group's. */
	send(items: readonly Item[]): Promise<void>;
	/** Hears of a group that was not sent. */
	failed(items: readonly Item[], error: unknown): void;
	/** What an item counts, at least 1, and its bytes. */
	sizeOf(item: Item): { readonly count: number; readonly bytes: number };
	/** Most of one group, by count and by bytes; an item that is larger goes alone. */
	readonly maxCount: number;
	readonly maxBytes: number;
	/** Sends under way at once. */
	readonly maxInFlight: number;
}

/** Items on their way out, first come first. */
export interface Coalescer<Item> {
	/** Items that wait. */
	readonly size: number;
	/** Sent with whatever else comes in the same turn of the event loop, or later where sends are under way. */
	add(item: Item): void;
	/** False where it does not wait any more. */
	remove(item: Item): boolean;
	/** Resolves when nothing waits and nothing is under way. */
	idle(): Promise<void>;
}

/** Nothing waits yet. */
export function createCoalescer<Item>(options: CoalescerOptions<Item>): Coalescer<Item> {
	const waiting = new Set<Item>();
	let inFlight = 0;
	let isDue = false;
	let idlers: (() => void)[] = [];

	const take = (): Item[] => {
		const group: Item[] = [];
		let count = 0;
		let bytes = 0;
		for (const item of waiting) {
			const size = options.sizeOf(item);
			count += size.count;
			bytes += size.bytes;
			if (group.length > 0 && (count > options.maxCount || bytes > options.maxBytes)) break;
			group.push(item);
		}
		for (const item of group) waiting.delete(item);
		return group;
	};
	const sendOne = async (): Promise<void> => {
		const group = take();
		inFlight++;
		try {
			await options.send(group);
		} catch (error) {
			options.failed(group, error);
		}
		inFlight--;
		pump();
	};
	const pump = (): void => {
		isDue = false;
		while (waiting.size > 0 && inFlight < options.maxInFlight) void sendOne();
		if (waiting.size > 0 || inFlight > 0) return;
		for (const resolve of idlers) resolve();
		idlers = [];
	};
	return {
		get size() {
			return waiting.size;
		},
		add(item) {
			waiting.add(item);
			if (isDue || inFlight >= options.maxInFlight) return;
			isDue = true;
			setImmediate(pump);
		},
		remove: (item) => waiting.delete(item),
		idle() {
			if (waiting.size === 0 && inFlight === 0) return Promise.resolve();
			return new Promise((resolve) => idlers.push(resolve));
		},
	};
}
