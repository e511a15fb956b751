/** Wires records, queue and webhook to the files and batches that the settings describe. */
import { join } from "node:path";
import { type Batches, openBatches, type WebhookTarget } from "../batch/index.ts";
import type { Config } from "../config.ts";
import { SluiceError } from "../errors.ts";
import { createRateLimits, type RateLimits } from "../http/rate-limit.ts";
import { createRedisLimiters } from "../http/rate-limit-redis.ts";
import type { Log } from "../log.ts";
import { openQueueBackend, openRedisClient, type QueueBackend, type QueueTarget } from "../queue/index.ts";
import { openStore } from "../store/index.ts";
import type { Closing } from "./closing.ts";

/** The queues of a data directory, where there is no Redis. */
export function toQueueFile(dataDir: string): QueueTarget {
	return { sqlite: join(dataDir, "queue.sqlite") };
}

/** Opens queues; what goes wrong behind is logged without what a foreign error says. */
export async function openQueues(target: QueueTarget, log: Log, closing: Closing): Promise<QueueBackend> {
	const backend = await openQueueBackend(target, warn(log, "the queue has a problem"));
	return closing.add(backend, (opened) => opened.close());
}

/** Limits of keys that gateways on one Redis count together. */
export async function openSharedLimits(redisUrl: string, log: Log, closing: Closing): Promise<RateLimits> {
	const opened = await openRedisClient(
		redisUrl,
		warn(log, "the limits of keys are counted by each gateway for itself"),
	);
	closing.add(opened, ({ close }) => close());
	return createRateLimits(createRedisLimiters(opened.client));
}

function warn(log: Log, message: string): (error: Error) => void {
	return (error) => {
		const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
		log.warn({ error: code }, message);
	};
}

/** Opens the records in the data directory and goes on with open batches. */
export async function openRecords(
	config: Config & { readonly dataDir: string },
	backend: QueueBackend,
	of: { readonly log: Log; readonly closing: Closing },
): Promise<Batches> {
	const store = of.closing.add(await openStore(config.dataDir), (opened) => opened.close());
	const batches = await openBatches({ store, backend, log: of.log, webhook: toWebhook(config) });
	return of.closing.add(batches, (opened) => opened.close());
}

function toWebhook({ webhookUrl: url, webhookSecret: secret, webhookAllowPrivate }: Config): WebhookTarget | undefined {
	if (url === undefined) return undefined;
	if (secret === undefined)
		throw new SluiceError("invalid_config", {
			detail: "SLUICE_WEBHOOK_URL needs SLUICE_WEBHOOK_SECRET, which messages are signed with",
		});
	return { url, secret, allowPrivate: webhookAllowPrivate };
}
