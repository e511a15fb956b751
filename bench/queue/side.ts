/** A worker of its own: `node side.ts TARGET` judges single requests with the no-op moderator until its stdin ends. */
import { startScoreWorker } from "../../src/dispatch/index.ts";
import { createLog } from "../../src/log.ts";
import { openQueueBackend, type QueueTarget } from "../../src/queue/index.ts";
import { createNoOpModerator } from "./no-op.ts";

const target = JSON.parse(process.argv[2]!) as QueueTarget;
const log = createLog({ level: "warn" });
const backend = await openQueueBackend(target, (error) => log.warn({ error: error.name }, "queue"));
const worker = startScoreWorker({ backend, moderator: createNoOpModerator(), log, concurrency: 8 });
await worker.ready();
process.stdout.write("ready\n");
for await (const _ of process.stdin);
await worker.close();
await backend.close();
