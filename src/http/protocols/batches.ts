/** OpenAI's Batch API: its objects and the request for one. https://developers.openai.com/api/reference/resources/batches */
import { z } from "@hono/zod-openapi";
import { BATCH_ENDPOINTS, type BatchWish } from "../../batch/index.ts";
import { BATCH_STATUSES, type BatchProblem, type BatchRecord, type BatchStatus } from "../../store/index.ts";

/** Body of POST /v1/batches. */
export interface BatchRequestBody {
	input_file_id: string;
	endpoint: (typeof BATCH_ENDPOINTS)[number];
	completion_window: string;
	metadata?: Record<string, string> | null | undefined;
	output_expires_after?: { anchor: "created_at"; seconds: number } | undefined;
}

/** A batch as JSON; times are seconds since 1970, null where that has not happened. */
export interface WireBatch {
	id: string;
	object: "batch";
	endpoint: string;
	errors: { object: "list"; data: BatchProblem[] } | null;
	input_file_id: string;
	completion_window: string;
	status: BatchStatus;
	output_file_id: string | null;
	error_file_id: string | null;
	created_at: number;
	in_progress_at: number | null;
	expires_at: number;
	finalizing_at: number | null;
	completed_at: number | null;
	failed_at: number | null;
	expired_at: number | null;
	cancelling_at: number | null;
	cancelled_at: number | null;
	request_counts: { total: number; completed: number; failed: number };
	metadata: Record<string, string> | null;
}

const MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const MAX_WINDOW_MS = 30 * MS.d;

/** Parses {@link BatchRequestBody}; unknown fields are ignored, as OpenAI does. */
export const BatchRequestSchema: z.ZodType<BatchRequestBody> = z
	.object({
		input_file_id: z.string(),
		endpoint: z.enum(BATCH_ENDPOINTS, { error: `must be one of ${BATCH_ENDPOINTS.join(", ")}` }),
		completion_window: z
			.string()
			.refine((window) => toWindowMs(window) !== undefined, { error: "must be a time up to 30 days as 45m, 24h or 7d" })
			.openapi({ example: "24h" }),
		metadata: z
			.record(z.string().max(64), z.string().max(512))
			.refine((entries) => Object.keys(entries).length <= 16, { error: "must have at most 16 entries" })
			.nullish(),
		output_expires_after: z
			.object({ anchor: z.literal("created_at"), seconds: z.int().min(3600).max(2_592_000) })
			.optional(),
	})
	.openapi("BatchRequest");

const time = z.int().nullable();

/** Documents {@link WireBatch}. */
export const BatchSchema: z.ZodType<WireBatch> = z
	.object({
		id: z.string(),
		object: z.literal("batch"),
		endpoint: z.string(),
		errors: z
			.object({
				object: z.literal("list"),
				data: z.array(
					z.object({
						code: z.string(),
						message: z.string(),
						line: z.int().nullable(),
						param: z.string().nullable(),
					}),
				),
			})
			.nullable(),
		input_file_id: z.string(),
		completion_window: z.string(),
		status: z.enum(BATCH_STATUSES),
		output_file_id: z.string().nullable(),
		error_file_id: z.string().nullable(),
		created_at: z.int(),
		in_progress_at: time,
		expires_at: z.int(),
		finalizing_at: time,
		completed_at: time,
		failed_at: time,
		expired_at: time,
		cancelling_at: time,
		cancelled_at: time,
		request_counts: z.object({ total: z.int(), completed: z.int(), failed: z.int() }),
		metadata: z.record(z.string(), z.string()).nullable(),
	})
	.openapi("Batch");

/** The request in our own words. */
export function toWish(body: BatchRequestBody): BatchWish {
	return {
		inputFile: body.input_file_id,
		endpoint: body.endpoint,
		completionWindow: body.completion_window,
		windowMs: toWindowMs(body.completion_window)!,
		metadata: body.metadata ?? null,
		keepOutputMs: body.output_expires_after && body.output_expires_after.seconds * 1000,
	};
}

/** The record in OpenAI's words. */
export function toWireBatch(batch: BatchRecord): WireBatch {
	return {
		id: batch.id,
		object: "batch",
		endpoint: batch.endpoint,
		errors: batch.errors && { object: "list", data: [...batch.errors] },
		input_file_id: batch.inputFile,
		completion_window: batch.completionWindow,
		status: batch.status,
		// named before they are written; shown when they can be read
		output_file_id: isOver(batch.status) ? batch.outputFile : null,
		error_file_id: isOver(batch.status) ? batch.errorFile : null,
		created_at: toSeconds(batch.createdMs),
		in_progress_at: toSecondsOrNull(batch.inProgressMs),
		expires_at: toSeconds(batch.expiresMs),
		finalizing_at: toSecondsOrNull(batch.finalizingMs),
		completed_at: toSecondsOrNull(batch.completedMs),
		failed_at: toSecondsOrNull(batch.failedMs),
		expired_at: toSecondsOrNull(batch.expiredMs),
		cancelling_at: toSecondsOrNull(batch.cancellingMs),
		cancelled_at: toSecondsOrNull(batch.cancelledMs),
		request_counts: { total: batch.total, completed: batch.completed, failed: batch.failed },
		metadata: batch.metadata,
	};
}

function isOver(status: BatchStatus): boolean {
	return status === "completed" || status === "expired" || status === "cancelled";
}

function toSeconds(ms: number): number {
	return Math.floor(ms / 1000);
}

function toSecondsOrNull(ms: number | null): number | null {
	return ms === null ? null : toSeconds(ms);
}

/** Milliseconds of a window as `24h`; undefined where it is none. */
function toWindowMs(window: string): number | undefined {
	const [, count, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(window) ?? [];
	const ms = Number(count) * MS[(unit ?? "m") as keyof typeof MS];
	return ms <= MAX_WINDOW_MS ? ms : undefined;
}
