/** Batches: many texts from a file, judged through the queue, written to a file. */
export type { Batches, BatchWish, Upload, UploadFacts } from "./batches.ts";
export {
	BATCH_ENDPOINTS,
	type BatchEndpoint,
	type BatchFormat,
	type BatchRequest,
	isBatchEndpoint,
} from "./endpoint.ts";
export { RESULTS_QUEUE, type ResultsJob, SCAN_QUEUE, type ScanItem, type ScanJob, toJobId } from "./jobs.ts";
export { type BatchesOptions, openBatches } from "./open-batches.ts";
export { type ScanWorker, type ScanWorkerOptions, startScanWorker } from "./scan-worker.ts";
export { BATCH_LIMITS, type BatchLimits } from "./settings.ts";
export type { WebhookTarget } from "./webhook.ts";
