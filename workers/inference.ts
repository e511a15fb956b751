/** The worker thread that owns the ONNX sessions: runs what its parent orders until told to close. */
import { parentPort, workerData } from "node:worker_threads";
import { openGraphRunner } from "../src/engine/open-runner.ts";
import type { ThreadSetup } from "../src/engine/protocol.ts";
import { lowerThreadPriority } from "../src/engine/thread-priority.ts";
import { serveOrders } from "../src/engine/worker-loop.ts";

if (parentPort === null) throw new Error("workers/inference is started by the engine as a worker thread");
lowerThreadPriority();
serveOrders(parentPort, () => openGraphRunner(workerData as ThreadSetup));
