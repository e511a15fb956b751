/**
 * Everything in one process: the model of this process judges, and with a data directory files and batches go through
 * queues in that directory to a scan worker that shares the model.
 */
import { mkdir } from "node:fs/promises";
import { startScanWorker } from "../batch/index.ts";
import type { Config } from "../config.ts";
import { createBatchFormat } from "../http/batch-format.ts";
import type { Log } from "../log.ts";
import { openTogether } from "./closing.ts";
import { openModerator } from "./open-moderator.ts";
import { openQueues, openRecords, toQueueFile } from "./open-records.ts";
import type { Service } from "./service.ts";

/** Resolves once policies and records are read; the models go on loading. */
export function openLocalService(config: Config, log: Log): Promise<Service> {
	return openTogether(async (closing) => {
		const moderator = closing.add(await openModerator(config), (opened) => opened.close());
		const { dataDir, recordsUrl } = config;
		if (dataDir === undefined) return { moderator, recordsUrl, close: closing.close };
		await mkdir(dataDir, { recursive: true, mode: 0o700 });
		const backend = await openQueues(toQueueFile(dataDir), log, closing);
		const batches = await openRecords({ ...config, dataDir }, backend, { log, closing });
		const format = createBatchFormat({ moderator, limits: config });
		closing.add(startScanWorker({ backend, moderator, format, log }), (worker) => worker.close());
		return { moderator, batches, close: closing.close };
	});
}
