/** Several iterations as one, in the order in which they give; none runs ahead of the reader by more than one step. */

/** Leaving the iteration ends all of them; one that fails ends the others. */
export async function* mergeAll<T>(sources: readonly AsyncGenerator<T, void, void>[]): AsyncGenerator<T, void, void> {
	type Step = { readonly source: AsyncGenerator<T, void, void>; readonly result: IteratorResult<T, void> };
	const take = async (source: AsyncGenerator<T, void, void>): Promise<Step> => ({
		source,
		result: await source.next(),
	});
	const waiting = new Map(sources.map((source) => [source, take(source)]));
	const open = new Set(sources);
	try {
		while (waiting.size > 0) {
			const { source, result } = await Promise.race(waiting.values());
			waiting.delete(source);
			if (result.done === true) {
				open.delete(source);
				continue;
			}
			yield result.value;
			waiting.set(source, take(source)); // behind the others: each gets its turn
		}
	} finally {
		for (const step of waiting.values()) step.catch(() => {}); // the first failure has been told
		for (const source of open) source.return().catch(() => {});
	}
}
