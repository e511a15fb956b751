/**
 * A process that owns records, queue and a worker in the folder it is given, to be killed by crash.test.ts. Writes how many
 * lines are done, and `over` with the batch when it is.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openBatches, startScanWorker } from "../../src/batch/index.ts";
import { createBatchFormat } from "../../src/http/batch-format.ts";
import { createLog } from "../../src/log.ts";
import { openQueueBackend } from "../../src/queue/index.ts";
import { openStore } from "../../src/store/index.ts";
import { createFakeModerator } from "../fake-moderator.ts";

const [dir = "", id = ""] = process.argv.slice(2);
const log = createLog({ level: "silent" });
const store = await openStore(join(dir, "data"));
const backend = await openQueueBackend({ sqlite: join(dir, "queue.sqlite") });
const batches = await openBatches({ store, backend, log, limits: { chunkItems: 8, checkMs: 500 } });
const moderator = createFakeModerator({ before: () => sleep(3) });
const format = createBatchFormat({ moderator, limits: { maxInputs: 8 } });
const worker = startScanWorker({ backend, moderator, format, log, concurrency: 4, lockMs: 500 });
const timer = setInterval(() => process.stdout.write(`${batches.batch("default", id).completed}\n`), 5);
const batch = await batches.finished("default", id);
clearInterval(timer);
process.stdout.write(`over ${JSON.stringify(batch)}\n`);
await worker.close();
await batches.close();
await backend.close();
store.close();
