/** Wires records, queue and webhook to the files and batches that the settings describe. */
import { join } from "node:path";
import { type Batches, openBatches, type WebhookTarget } from "../batch/index.ts";
import type { Config } from "../config.ts";
import { SluiceError } from "../errors.ts";
import type { Log } from "../log.ts";
import { openQueueBackend, type QueueBackend, type QueueTarget } from "../queue/index.ts";
import { openStore } from "../store/index.ts";
import type { Closing } from "./closing.ts";

/** The queues of a data directory, where there is no Redis. */
export function toQueueFile(dataDir: string): QueueTarget {
	return { sqlite: join(dataDir, "queue.sqlite") };
}

/** Opens queues; what goes wrong behind is logged without what a foreign error says. */
export async function openQueues(target: QueueTarget, log: Log, closing: Closing): Promise<QueueBackend> {
	const backend = await openQueueBackend(target, (error) => {
		const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
		log.warn({ error: code }, "the queue has a problem");
	});
	return closing.add(backend, (opened) => opened.close());
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
