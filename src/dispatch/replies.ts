/**
 * A worker's replies on their way to gateways: what several pieces and jobs have for one gateway goes in one message.
 */
import type { QueueBackend } from "../queue/index.ts";
import { type Coalescer, createCoalescer } from "./coalescer.ts";
import type { Reply } from "./jobs.ts";
import { toReplyChannel } from "./messages.ts";

/** Of one message. */
const MOST_REPLIES = 128;
const MOST_BYTES = 262_144;
const MESSAGES_AT_ONCE = 2;

/** Replies on their way. */
export interface Replies {
	/** Resolves when the message is sent; rejects as `queue_unavailable`. */
	send(gateway: string, reply: Reply): Promise<void>;
}

interface Waiting {
	readonly text: string;
	resolve(): void;
	reject(error: unknown): void;
}

/** Replies of a worker of the queue `from`. */
export function createReplies(backend: QueueBackend, from: string): Replies {
	const ways = new Map<string, Coalescer<Waiting>>();
	const open = (gateway: string): Coalescer<Waiting> => {
		const channel = toReplyChannel(gateway);
		const way = createCoalescer<Waiting>({
			maxCount: MOST_REPLIES,
			maxBytes: MOST_BYTES,
			maxInFlight: MESSAGES_AT_ONCE,
			sizeOf: ({ text }) => ({ count: 1, bytes: text.length }),
			async send(group) {
				const replies = group.map(({ text }) => text).join(",");
				await backend.publish(channel, `{"from":${JSON.stringify(from)},"replies":[${replies}]}`);
				for (const { resolve } of group) resolve();
			},
			failed(group, error) {
				for (const { reject } of group) reject(error);
			},
		});
		ways.set(gateway, way);
		return way;
	};
	return {
		send: (gateway, reply) =>
			new Promise((resolve, reject) => {
				const way = ways.get(gateway) ?? open(gateway);
				if (way.size === 0) void way.idle().then(() => ways.delete(gateway)); // gateways come and go
				way.add({ text: JSON.stringify(reply), resolve, reject });
			}),
	};
}
