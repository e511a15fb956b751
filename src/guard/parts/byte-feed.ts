/** A source of bytes that is fed by writes, which learn when they should wait. */

/** See the header. */
export interface ByteFeed {
	/** Whether there is room for more; where not, `onRoom` tells when there is. Bytes after the end, or that nobody reads, go nowhere. */
	push(chunk: Uint8Array): boolean;
	end(): void;
	readonly chunks: AsyncIterableIterator<Uint8Array, void, void>;
}

/** Bytes waiting from which on a writer should wait. */
const ROOM_BYTES = 16 * 1024;

/** @param onRoom called when the bytes have been read that a writer was told to wait for. */
export function createByteFeed(onRoom: () => void): ByteFeed {
	const queue: Uint8Array[] = [];
	let bytes = 0;
	let isFull = false;
	let isEnded = false;
	let wake = (): void => {};
	const end = (): void => {
		isEnded = true;
		wake();
	};
	const next = async (): Promise<IteratorResult<Uint8Array, void>> => {
		while (queue.length === 0 && !isEnded) {
			if (isFull) {
				isFull = false;
				onRoom();
			}
			if (queue.length === 0 && !isEnded) await new Promise<void>((resolve) => (wake = resolve));
		}
		const value = queue.shift();
		if (value === undefined) return { value: undefined, done: true };
		bytes -= value.length;
		return { value, done: false };
	};
	return {
		push(chunk) {
			if (isEnded) return false; // as a response does whose reader is gone: the writer hears of its end by `close`
			queue.push(chunk);
			bytes += chunk.length;
			isFull ||= bytes >= ROOM_BYTES;
			wake();
			return !isFull;
		},
		end,
		chunks: {
			next,
			async return() {
				queue.length = 0;
				end();
				return { value: undefined, done: true };
			},
			[Symbol.asyncIterator]() {
				return this;
			},
		},
	};
}
