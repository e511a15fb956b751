/** Web streams as async iterables and back, and steps between; leaving the last of them ends the first at once. */

/** Chunks made of other chunks. A generator alone would not hear that its reader left before its own source answers. */
export function through<A, B>(
	source: AsyncIterable<A>,
	step: (source: AsyncIterable<A>) => AsyncGenerator<B, void, void>,
): AsyncIterableIterator<B, void, void> {
	const iterator = source[Symbol.asyncIterator]();
	const out = step({ [Symbol.asyncIterator]: () => iterator });
	return {
		next: () => out.next(),
		async return() {
			await Promise.all([iterator.return?.(), out.return()]);
			return { value: undefined, done: true };
		},
		[Symbol.asyncIterator]() {
			return this;
		},
	};
}

/** The chunks of a stream. Where the reader leaves while a chunk is awaited, the stream is cancelled all the same. */
export function readChunks<T>(stream: ReadableStream<T>): AsyncIterableIterator<T> {
	const reader = stream.getReader();
	return {
		async next() {
			const { value, done } = await reader.read();
			return done ? { value: undefined, done } : { value, done };
		},
		async return() {
			await reader.cancel();
			return { value: undefined, done: true };
		},
		[Symbol.asyncIterator]() {
			return this;
		},
	};
}

/** A stream of chunks that are made as they are read. */
export function toStream<T>(chunks: AsyncIterable<T>): ReadableStream<T> {
	const iterator = chunks[Symbol.asyncIterator]();
	return new ReadableStream<T>(
		{
			async pull(controller) {
				const { value, done } = await iterator.next();
				if (done === true) controller.close();
				else controller.enqueue(value);
			},
			async cancel() {
				await iterator.return?.();
			},
		},
		{ highWaterMark: 0 },
	);
}
