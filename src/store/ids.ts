/** Names of records: a prefix that says the kind and 96 random bits. */
import { randomBytes } from "node:crypto";

/** `file-` and 24 hexadecimal digits, as OpenAI's look; safe as a file name. */
export function createFileId(): string {
	return `file-${randomBytes(12).toString("hex")}`;
}

/** `batch_` and 24 hexadecimal digits; safe in the id of a job. */
export function createBatchId(): string {
	return `batch_${randomBytes(12).toString("hex")}`;
}
