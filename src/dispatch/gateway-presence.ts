/** A gateway among the others: says that it is there, hears workers and replies, takes pieces back. */
import type { QueueBackend } from "../queue/index.ts";
import { WIRE_VERSION } from "./judge-set.ts";
import {
	GATEWAYS_CHANNEL,
	type GatewayNotice,
	SKIP_CHANNEL,
	type SkipNotice,
	toReplyChannel,
	WORKERS_CHANNEL,
} from "./messages.ts";

/** How often a gateway says that it is there, and why it is not ready, ms. */
const NOTICE_EVERY_MS = 2000;
const COMPLAIN_EVERY_MS = 30_000;

/** What a gateway says and hears. */
export interface GatewayPresenceParts {
	readonly backend: QueueBackend;
	readonly notice: Omit<GatewayNotice, "asks">;
	hearReplies(message: string): void;
	hearWorker(message: string): void;
	/** Called now and then. */
	complain(): void;
}

/** Listens to workers and replies, and says now and then that this gateway is there. */
export function openGatewayPresence(of: GatewayPresenceParts): { opened: Promise<void>; close(): Promise<void> } {
	const { backend, notice } = of;
	const say = (asks: boolean): void => {
		backend.publish(GATEWAYS_CHANNEL, JSON.stringify({ ...notice, asks })).catch(() => {}); // said again soon
	};
	const opened = (async () => {
		const stops = [await backend.subscribe(toReplyChannel(notice.id), of.hearReplies)];
		stops.push(await backend.subscribe(WORKERS_CHANNEL, of.hearWorker));
		say(true);
		return stops;
	})();
	opened.catch(() => {}); // thrown by whoever waits for it
	const timers = [setInterval(() => say(false), NOTICE_EVERY_MS), setInterval(of.complain, COMPLAIN_EVERY_MS)];
	return {
		opened: opened.then(() => {}),
		async close() {
			for (const timer of timers) clearInterval(timer);
			for (const stop of await opened.catch(() => [])) await stop();
		},
	};
}

/** Tells workers that nobody waits for these pieces any more. */
export function tellToSkip(backend: QueueBackend, gateway: string, ids: readonly number[]): void {
	const notice: SkipNotice = { v: WIRE_VERSION, gateway, ids };
	backend.publish(SKIP_CHANNEL, JSON.stringify(notice)).catch(() => {}); // the deadline ends the work, too
}
