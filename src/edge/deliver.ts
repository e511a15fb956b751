/**
 * From the edge's queue to the origin: message by message, each acknowledged once the origin has it on disk. What the origin
 * did not take comes again later, and after the queue's number of attempts lies in its dead letters.
 */
import { EDGE_PATHS } from "../http/protocols/edge.ts";
import type { Log } from "../log.ts";
import type { LinesMessage } from "./lines-message.ts";
import type { Origin } from "./origin.ts";

const TIMEOUT_MS = 30_000;
const LONGEST_DELAY_S = 600;

/** A message of a Cloudflare Queue. */
export interface QueuedMessage {
	readonly body: LinesMessage;
	/** Deliveries up to now, this one included. */
	readonly attempts: number;
	ack(): void;
	retry(options?: { delaySeconds?: number }): void;
}

/** Messages that came together. */
export interface QueuedMessages {
	readonly messages: readonly QueuedMessage[];
}

/** Delivers messages; never rejects, for that would send all of them again. */
export async function deliver(
	{ messages }: QueuedMessages,
	parts: { readonly origin: Pick<Origin, "ask">; readonly log: Log; readonly retrySeconds: number },
): Promise<void> {
	const { origin, log, retrySeconds } = parts;
	let isAway = false;
	for (const message of messages) {
		const { attempts } = message;
		const status: number | undefined = isAway ? undefined : await send(origin, message.body);
		if (status !== undefined && status < 300) {
			message.ack();
			continue;
		}
		// whoever is away now is away for the others that came with this one
		isAway ||= status === undefined;
		const delaySeconds = Math.min(retrySeconds * 2 ** Math.min(attempts - 1, 10), LONGEST_DELAY_S);
		message.retry({ delaySeconds });
		log.warn({ status, attempts, delay_s: delaySeconds }, "lines were not taken");
	}
}

/** The origin's status; undefined where it is out of reach. */
async function send(origin: Pick<Origin, "ask">, { caller, request }: LinesMessage): Promise<number | undefined> {
	try {
		const answer = await origin.ask({
			...{ method: "POST", path: EDGE_PATHS.lines, caller: caller ?? undefined, body: JSON.stringify(request) },
			headers: { "content-type": "application/json" },
			signal: AbortSignal.timeout(TIMEOUT_MS),
		});
		await answer.body?.cancel();
		return answer.status;
	} catch {
		return undefined;
	}
}
