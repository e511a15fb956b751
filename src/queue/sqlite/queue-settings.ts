/**
 * BullMQ's calls about a queue's settings and its rate-limit window.
 */
import type { IQueueBackend } from "bullmq";
import { limitedFor } from "./claim.ts";
import type { SqliteFile } from "./file.ts";
import { isMaxed, loadQueue } from "./queue-record.ts";

type QueueSettings = Pick<
	IQueueBackend,
	| "setQueueMeta"
	| "getQueueMetaField"
	| "getQueueMetaFields"
	| "getQueueMeta"
	| "removeQueueMetaFields"
	| "hasQueueMetaField"
	| "isMaxed"
	| "setRateLimit"
	| "removeRateLimitKey"
	| "getRateLimitTtl"
>;

const NO_WINDOW = -2;

/** The settings of one queue. */
export function createQueueSettings({ database, writer }: SqliteFile, queue: string): QueueSettings {
	const read = () => loadQueue(database, queue);
	return {
		setQueueMeta: (values) =>
			writer.write((transaction) => {
				const { meta } = transaction.queue(queue);
				for (const [field, value] of Object.entries(values)) meta[field] = String(value);
				return Object.keys(values).length;
			}),
		getQueueMetaField: async (field) => read().meta[field] ?? null,
		getQueueMetaFields: async (fields) => {
			const { meta } = read();
			return fields.map((field) => meta[field] ?? null);
		},
		getQueueMeta: async () => read().meta,
		removeQueueMetaFields: (fields) =>
			writer.write((transaction) => {
				const { meta } = transaction.queue(queue);
				const there = fields.filter((field) => field in meta);
				for (const field of there) delete meta[field];
				return there.length;
			}),
		hasQueueMetaField: async (field) => field in read().meta,
		isMaxed: async () => isMaxed(database, read()),
		setRateLimit: (expireMs) =>
			writer.write((transaction) => {
				const record = transaction.queue(queue);
				record.limiterCount = Number.MAX_SAFE_INTEGER;
				record.limiterUntil = transaction.now + expireMs;
			}),
		removeRateLimitKey: () =>
			writer.write((transaction) => {
				const record = transaction.queue(queue);
				const removed = record.limiterUntil > transaction.now ? 1 : 0;
				record.limiterCount = 0;
				record.limiterUntil = 0;
				return removed;
			}),
		async getRateLimitTtl(maxJobs) {
			const record = read();
			const max = maxJobs ?? (record.meta.max === undefined ? undefined : Number(record.meta.max));
			if (max !== undefined) return limitedFor(record, max, Date.now());
			return record.limiterUntil > Date.now() ? record.limiterUntil - Date.now() : NO_WINDOW;
		},
	};
}
