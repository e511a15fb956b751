/** One waiter that any number of events wake. An event that comes while nobody waits is not lost. */
export interface Wake {
	wake(): void;
	/** Resolves at the next event, at once where one came since. */
	next(): Promise<void>;
}

/** No event yet. */
export function createWake(): Wake {
	let happened = false;
	let resolve = (): void => {};
	return {
		wake() {
			happened = true;
			resolve();
		},
		async next() {
			if (!happened) await new Promise<void>((done) => (resolve = done));
			happened = false;
		},
	};
}
