/**
 * A body of server-sent events: each message is one event, written as the client reads; comments go out while there is
 * nothing to say, so that nobody on the way takes the silence for a lost connection (WHATWG HTML, section 9.2).
 */

/** How a body is written. */
export interface EventBodyOptions {
	/** Silence after which a comment is written. */
	readonly heartbeatMs: number;
	/** Called when the client has left. */
	readonly leave: () => void;
}

const HEARTBEAT = ": waiting\n\n";
const encoder = new TextEncoder();

/** The body. A message is the data of an event: one line. */
export function createEventBody(
	messages: AsyncIterable<string>,
	{ heartbeatMs, leave }: EventBodyOptions,
): ReadableStream<Uint8Array> {
	const iterator = messages[Symbol.asyncIterator]();
	let pending: Promise<IteratorResult<string>> | undefined;
	return new ReadableStream<Uint8Array>(
		{
			async pull(controller) {
				pending ??= iterator.next();
				const result = await orSilence(pending, heartbeatMs);
				if (result === undefined) {
					controller.enqueue(encoder.encode(HEARTBEAT));
					return;
				}
				pending = undefined;
				if (result.done === true) controller.close();
				else controller.enqueue(encoder.encode(`data: ${result.value}\n\n`));
			},
			cancel() {
				pending?.catch(() => {}); // nobody is left who would want to know
				leave();
				void iterator.return?.().then(undefined, () => {}); // where it waits to be read, it would never hear of the leave
			},
		},
		{ highWaterMark: 0 },
	);
}

async function orSilence<T>(waiting: Promise<T>, ms: number): Promise<T | undefined> {
	let timer: NodeJS.Timeout | undefined;
	const silence = new Promise<undefined>((resolve) => {
		timer = setTimeout(resolve, ms, undefined);
	});
	try {
		return await Promise.race([waiting, silence]);
	} finally {
		clearTimeout(timer);
	}
}
