/**
 * Work on many things at once, results in the order of the things. What runs and what waits for a slower one before it is
 * bounded by who says whether more may start.
 */

/** How the work is done. */
export interface InOrderOptions<In, Out> {
	/** Gets a signal that is aborted when nobody wants the result any more. */
	work(input: In, signal: AbortSignal): Promise<Out>;
	/** Whether another may start beside `running`, with `held` begun and not yet handed on. Must allow one where there is none. */
	mayStart(running: number, held: number): boolean;
	/** Ends the work with its reason, after the results that are there. */
	readonly signal: AbortSignal;
}

interface Slot<Out> {
	result?: { readonly value: Out } | { readonly error: unknown };
}

/**
 * The results. A failure is thrown in its place, after all results before it; then nothing more is read or begun. Ends when
 * all work that was begun has ended.
 */
export async function* mapInOrder<In, Out>(
	source: AsyncIterable<In>,
	{ work, mayStart, signal }: InOrderOptions<In, Out>,
): AsyncGenerator<Out> {
	const stop = new AbortController();
	const iterator = source[Symbol.asyncIterator]();
	const slots: Slot<Out>[] = [];
	let running = 0;
	let reading = false;
	let ended = false;
	let wake = (): void => {};

	const begin = async (input: In): Promise<void> => {
		const slot: Slot<Out> = {};
		slots.push(slot);
		running++;
		try {
			slot.result = { value: await work(input, stop.signal) };
		} catch (error) {
			slot.result = { error };
			ended = true;
		}
		running--;
		read();
	};
	/** Goes on by itself while the results are being used. */
	const read = (): void => {
		wake();
		if (ended || reading || signal.aborted || !mayStart(running, slots.length)) return;
		reading = true;
		iterator.next().then(
			(next) => {
				reading = false;
				if (next.done === true) ended = true;
				if (next.done !== true && !ended) void begin(next.value);
				read();
			},
			(error: unknown) => {
				reading = false;
				ended = true;
				slots.push({ result: { error } });
				wake();
			},
		);
	};
	const onAbort = (): void => wake();
	const change = (): Promise<void> =>
		new Promise((resolve) => {
			wake = resolve;
		});

	signal.addEventListener("abort", onAbort);
	try {
		for (read(); !(ended && !reading && slots.length === 0); ) {
			const result = slots[0]?.result;
			if (result !== undefined) {
				if ("error" in result) throw result.error;
				yield result.value;
				slots.shift();
				read();
			} else if (signal.aborted) throw signal.reason;
			else await change();
		}
	} finally {
		signal.removeEventListener("abort", onAbort);
		ended = true;
		stop.abort();
		while (running > 0) await change();
		// A source that waits for its own input would keep everybody waiting
		const closed = iterator.return?.(undefined);
		if (reading) closed?.catch(() => {});
		else await closed;
	}
}
