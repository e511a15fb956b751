/**
 * Refusals: a call that cannot be done as things stand (no such job, a lost lock), in BullMQ's words and with its numeric
 * codes, so that what reads them on Redis reads them here. An operation refuses before it writes.
 */
import { ErrorCode } from "bullmq";

/** What was asked of which job. */
export interface Refused {
	readonly jobId: string;
	readonly command: string;
	readonly state?: string;
}

function describe(code: ErrorCode, { jobId, command, state }: Refused): string {
	if (code === ErrorCode.JobNotExist) return `Missing key for job ${jobId}. ${command}`;
	if (code === ErrorCode.JobLockNotExist) return `Missing lock for job ${jobId}. ${command}`;
	if (code === ErrorCode.JobNotInState) return `Job ${jobId} is not in the ${state} state. ${command}`;
	return `Lock mismatch for job ${jobId}. Cmd ${command} from ${state}`;
}

/** The error of a refused call; its `code` is BullMQ's number. */
export function refuse(code: ErrorCode, refused: Refused): Error {
	return Object.assign(new Error(describe(code, refused)), { code });
}

/** Whether an error is a refusal, not a failure of the file. */
export function isRefusal(error: unknown): boolean {
	return error instanceof Error && "code" in error && typeof error.code === "number";
}
