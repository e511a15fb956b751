/** Parts that are opened one after the other and closed the other way round, also where a later one cannot be opened. */

/** What is open so far. */
export interface Closing {
	/** Remembers how to close a part; gives the part. */
	add<T>(part: T, close: (part: T) => void | Promise<void>): T;
	/** Closes all parts, the last one first, once; the first failure is thrown when all were tried. */
	close(): Promise<void>;
}

/** Opens parts with `open`; where it throws, those that are open are closed. */
export async function openTogether<T>(open: (closing: Closing) => Promise<T>): Promise<T> {
	const closing = createClosing();
	try {
		return await open(closing);
	} catch (error) {
		await closing.close().catch(() => {}); // what went wrong first is what counts
		throw error;
	}
}

function createClosing(): Closing {
	const closers: (() => void | Promise<void>)[] = [];
	let closed: Promise<void> | undefined;
	const closeAll = async (): Promise<void> => {
		let failure: { readonly error: unknown } | undefined;
		for (const close of closers.reverse()) {
			try {
				await close();
			} catch (error) {
				failure ??= { error };
			}
		}
		if (failure !== undefined) throw failure.error;
	};
	return {
		add(part, close) {
			closers.push(() => close(part));
			return part;
		},
		close() {
			closed ??= closeAll();
			return closed;
		},
	};
}
