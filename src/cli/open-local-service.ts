/**
 * Everything in one process: the model of this process judges, and with a data directory files and batches go through
 * queues in that directory to a scan worker that shares the model.
 */
import { mkdir } from "node:fs/promises";
import { startScanWorker } from "../batch/index.ts";
import type { Config } from "../config.ts";
import { createBatchFormat } from "../http/batch-format.ts";
import type { Log } from "../log.ts";
import type { Moderator } from "../moderator.ts";
import type { QueueBackend } from "../queue/index.ts";
import { type Closing, openTogether } from "./closing.ts";
import { checkRecords } from "./dependencies.ts";
import type { Observers } from "./observers.ts";
import { openChat } from "./open-chat.ts";
import { openJudges, type PolicyChanges } from "./open-judges.ts";
import { openQueues, openRecords, toQueueFile } from "./open-records.ts";
import type { Service, ServiceChanges } from "./service.ts";

/** Resolves once policies and records are read; the models go on loading. */
export function openLocalService(config: Config, log: Log, observers: Observers = {}): Promise<Service> {
	return openTogether(async (closing) => {
		const judges = closing.add(await openJudges(config, observers), (opened) => opened.close());
		const { moderator } = judges;
		const chat = await openChat(config, closing, observers);
		const { dataDir, recordsUrl } = config;
		if (dataDir === undefined) {
			const dependencies = recordsUrl === undefined ? undefined : { records: checkRecords(recordsUrl) };
			const changes = toChanges(judges.changes, () => {});
			return { moderator, recordsUrl, chat, changes, dependencies, close: closing.close };
		}
		await mkdir(dataDir, { recursive: true, mode: 0o700 });
		const backend = await openQueues(toQueueFile(dataDir), log, closing);
		const batches = await openRecords({ ...config, dataDir }, backend, { log, closing });
		const scan = startScanning(moderator, { config, backend, log, closing });
		return { moderator, batches, chat, changes: toChanges(judges.changes, scan), close: closing.close };
	});
}

function toChanges(
	changes: PolicyChanges | undefined,
	begin: (moderator: Moderator) => void,
): ServiceChanges | undefined {
	return (
		changes && {
			initial: changes.initial,
			async check(set) {
				await changes.moderatorFor(set);
			},
			async stage(set) {
				const moderator = await changes.moderatorFor(set);
				return { moderator, begin: () => begin(moderator), close: async () => {} };
			},
			leaveFirst: async () => {},
		}
	);
}

/** Scans for batches; the function it gives makes another moderator do it, from the next piece on. */
function startScanning(
	first: Moderator,
	of: { config: Config; backend: QueueBackend; log: Log; closing: Closing },
): (moderator: Moderator) => void {
	const { backend, log } = of;
	const start = (moderator: Moderator): ReturnType<typeof startScanWorker> =>
		startScanWorker({ backend, moderator, format: createBatchFormat({ moderator, limits: of.config }), log });
	let worker = start(first);
	let ended: Promise<void> = Promise.resolve();
	of.closing.add(undefined, async () => {
		await ended;
		await worker.close();
	});
	return (moderator) => {
		const before = worker;
		worker = start(moderator);
		ended = ended.then(() => before.close()).catch(() => {}); // its pieces go to the next one
	};
}
