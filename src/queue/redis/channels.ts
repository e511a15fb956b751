/**
 * Messages to whoever listens now, by Redis publish/subscribe. One connection listens for the whole process: Redis lets a
 * subscribed connection do nothing else.
 */
import type { Redis } from "ioredis";
import type { QueueErrorListener } from "../backend.ts";
import { createListeners, type Listener } from "../listeners.ts";
import { withinFarewell } from "./connection.ts";

/** Listening over one connection. */
export interface Channels {
	subscribe(channel: string, listener: Listener): Promise<() => Promise<void>>;
}

/** Channels over a connection of their own. */
export function createChannels(client: Redis, prefix: string, onError: QueueErrorListener): Channels {
	const listeners = createListeners(onError);
	client.on("message", listeners.tell);
	return {
		async subscribe(name, listener) {
			const channel = `${prefix}:${name}`;
			listeners.add(channel, listener);
			await client.subscribe(channel);
			return async () => {
				const silent = listeners.remove(channel, listener);
				if (silent && client.status === "ready")
					await withinFarewell(client.unsubscribe(channel).catch(() => undefined));
			};
		},
	};
}
