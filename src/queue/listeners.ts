/**
 * Who listens to which channel in this process. A listener that throws is reported and stops nobody else's message.
 */
import type { QueueErrorListener } from "./backend.ts";

/** Hears a message. */
export type Listener = (message: string) => void;

/** Listeners by channel. */
export interface Listeners {
	add(channel: string, listener: Listener): void;
	/** True where nobody is left on the channel. */
	remove(channel: string, listener: Listener): boolean;
	tell(channel: string, message: string): void;
	isEmpty(): boolean;
}

/** Nobody listens yet. */
export function createListeners(onError: QueueErrorListener): Listeners {
	const channels = new Map<string, Set<Listener>>();
	return {
		add(channel, listener) {
			channels.set(channel, (channels.get(channel) ?? new Set()).add(listener));
		},
		remove(channel, listener) {
			const heard = channels.get(channel);
			heard?.delete(listener);
			if (heard?.size === 0) channels.delete(channel);
			return !channels.has(channel);
		},
		tell(channel, message) {
			for (const listener of [...(channels.get(channel) ?? [])]) {
				try {
					listener(message);
				} catch (error) {
					onError(toError(error));
				}
			}
		},
		isEmpty: () => channels.size === 0,
	};
}

/** What was thrown, as an error. */
export function toError(thrown: unknown): Error {
	return thrown instanceof Error ? thrown : new Error(String(thrown));
}
