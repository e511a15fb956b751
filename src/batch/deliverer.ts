/** Delivers webhook messages from the records until each arrived or was given up. */
import type { Log } from "../log.ts";
import type { Delivery, Store } from "../store/index.ts";
import { checkTarget, nextTryMs, sendDelivery, type WebhookTarget } from "./webhook.ts";

/** Messages read at once. */
const ROUND = 20;
/** Longest sleep between two looks. */
const MAX_SLEEP_MS = 60_000;

/** Sends what is due. */
export interface Deliverer {
	/** There is something new. */
	wake(): void;
	close(): Promise<void>;
}

/** What delivering needs. */
export interface DelivererParts {
	readonly store: Store;
	readonly log: Log;
	readonly target: WebhookTarget;
}

/** Starts to deliver; throws `invalid_config`. */
export function startDeliverer(parts: DelivererParts): Deliverer {
	checkTarget(parts.target);
	const closing = new AbortController();
	let timer: NodeJS.Timeout | undefined;
	let running: Promise<void> | undefined;
	let again = false;

	const run = async (): Promise<void> => {
		do {
			again = false;
			const due = parts.store.deliveries.due(Date.now(), ROUND);
			await Promise.all(due.map((delivery) => deliver(parts, delivery, closing.signal)));
			again ||= due.length === ROUND;
		} while (again && !closing.signal.aborted);
	};
	const sleep = (): void => {
		const next = closing.signal.aborted ? undefined : parts.store.deliveries.nextMs();
		if (next === undefined) return;
		timer = setTimeout(wake, Math.min(Math.max(next - Date.now(), 0), MAX_SLEEP_MS)).unref();
	};
	const wake = (): void => {
		clearTimeout(timer);
		if (closing.signal.aborted) return;
		again = true;
		running ??= run()
			.catch((error: unknown) => parts.log.error({ error: (error as Error).name }, "webhooks could not be delivered"))
			.finally(() => {
				running = undefined;
				sleep();
			});
	};
	wake();
	return {
		wake,
		async close() {
			closing.abort();
			clearTimeout(timer);
			await running;
		},
	};
}

/** Sends a message once and notes what came of it. */
async function deliver(
	{ store, log, target }: DelivererParts,
	delivery: Delivery,
	closing: AbortSignal,
): Promise<void> {
	const status = await sendDelivery(delivery, target, closing).catch(() => 0);
	if (closing.aborted && status === 0) return;
	const next = status === 410 ? undefined : nextTryMs(delivery, target);
	const arrived = status >= 200 && status < 300;
	if (!arrived && next !== undefined) store.deliveries.retry(delivery.id, Date.now() + next);
	else store.deliveries.delete(delivery.id);
	const fields = { event: delivery.id, batch: delivery.batch, status, attempt: delivery.attempts + 1 };
	if (arrived) log.info(fields, "webhook delivered");
	else log.warn(fields, next === undefined ? "webhook given up" : "webhook failed; it will be tried again");
}
