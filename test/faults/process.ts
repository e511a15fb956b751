/**
 * A process of the fault run: `owner` has the records and the HTTP interface, `worker` judges pieces of batches with the
 * embedded model. Arguments: the part and its settings as JSON. Says "ready" with its address on stdout.
 */

import { openBatches, startScanWorker } from "../../src/batch/index.ts";
import { openModerator } from "../../src/cli/open-moderator.ts";
import { readConfig } from "../../src/config.ts";
import { createApp } from "../../src/http/app.ts";
import { createBatchFormat } from "../../src/http/batch-format.ts";
import { listen } from "../../src/http/server.ts";
import { createLog } from "../../src/log.ts";
import { openQueueBackend, type QueueTarget } from "../../src/queue/index.ts";
import { openStore } from "../../src/store/index.ts";

/** What a process is told. */
export interface PartSettings {
	readonly part: "owner" | "worker";
	readonly target: QueueTarget;
	/** Of the records. */
	readonly directory: string;
	readonly port: number;
	/** How long a process may be silent before its work is another's. */
	readonly lockMs: number;
}

async function runOwner({ target, directory, port, lockMs }: PartSettings): Promise<string> {
	const config = readConfig({}, {});
	const log = createLog({ level: "error" });
	const backend = await openQueueBackend(target, () => {});
	const limits = { lockMs, checkMs: 1000 };
	const batches = await openBatches({ store: await openStore(directory), backend, log, limits });
	const moderator = await openModerator(config);
	await moderator.ready();
	return (await listen(createApp({ moderator, batches, limits: config, log }), { host: "127.0.0.1", port })).url;
}

async function runWorker({ target, lockMs }: PartSettings): Promise<string> {
	const config = readConfig({ threads: "1" }, {});
	const log = createLog({ level: "error" });
	const backend = await openQueueBackend(target, () => {});
	const moderator = await openModerator(config);
	startScanWorker({ backend, moderator, format: createBatchFormat({ moderator, limits: config }), log, lockMs });
	await moderator.ready();
	return "";
}

const settings = JSON.parse(process.argv[2]!) as PartSettings;
process.stdin.on("end", () => process.exit()).resume(); // whoever started it is gone
process.stdout.write(`ready ${await (settings.part === "owner" ? runOwner : runWorker)(settings)}\n`);
