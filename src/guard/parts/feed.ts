/** A source of deltas that is fed by hand. */

/** See the header. */
export interface Feed extends AsyncIterable<string> {
	push(delta: string): void;
	end(): void;
	/** Whether its reader has taken all of it. */
	readonly isEmpty: boolean;
}

/** @param onTaken called each time the reader asks for more. */
export function createFeed(onTaken: () => void): Feed {
	const deltas: string[] = [];
	let isEnded = false;
	let wake = (): void => {};
	return {
		push(delta) {
			deltas.push(delta);
			wake();
		},
		end() {
			isEnded = true;
			wake();
		},
		get isEmpty() {
			return deltas.length === 0;
		},
		async *[Symbol.asyncIterator]() {
			for (;;) {
				const delta = deltas.shift();
				if (delta !== undefined) yield delta;
				else if (isEnded) return;
				else await new Promise<void>((resolve) => (wake = resolve));
				onTaken();
			}
		},
	};
}
