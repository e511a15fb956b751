/** OpenAI's Files API: its objects and the fields of an upload. https://developers.openai.com/api/reference/resources/files */
import { z } from "@hono/zod-openapi";
import type { UploadFacts } from "../../batch/index.ts";
import { SluiceError } from "../../errors.ts";
import type { FileRecord } from "../../store/index.ts";

/** A file as JSON; times are seconds since 1970. */
export interface WireFile {
	id: string;
	object: "file";
	bytes: number;
	created_at: number;
	expires_at: number | null;
	filename: string;
	purpose: string;
	status: "processed";
}

/** Documents {@link WireFile}. */
export const FileSchema: z.ZodType<WireFile> = z
	.object({
		id: z.string(),
		object: z.literal("file"),
		bytes: z.int(),
		created_at: z.int(),
		expires_at: z.int().nullable(),
		filename: z.string(),
		purpose: z.string(),
		status: z.literal("processed"),
	})
	.openapi("File");

/** Documents the answer to a deletion. */
export const FileDeletedSchema: z.ZodType<{ id: string; object: "file"; deleted: boolean }> = z
	.object({ id: z.string(), object: z.literal("file"), deleted: z.boolean() })
	.openapi("FileDeleted");

/** Documents an upload; {@link parseUpload} checks it. */
export const UploadSchema: z.ZodType<unknown> = z
	.object({
		file: z.string().openapi({ format: "binary", description: "JSONL: one request per line" }),
		purpose: z.literal("batch"),
		"expires_after[anchor]": z.literal("created_at").optional(),
		"expires_after[seconds]": z.string().optional().openapi({ description: "From 3600 to 2592000" }),
	})
	.openapi("Upload");

/** The record in OpenAI's words. */
export function toWireFile(file: FileRecord): WireFile {
	return {
		id: file.id,
		object: "file",
		bytes: file.bytes,
		created_at: Math.floor(file.createdMs / 1000),
		expires_at: file.expiresMs === null ? null : Math.floor(file.expiresMs / 1000),
		filename: file.filename,
		purpose: file.purpose,
		status: "processed",
	};
}

/** What an upload's fields say of it; `invalid_request` where one is missing or wrong. */
export function parseUpload(fields: ReadonlyMap<string, string>, filename: string | undefined): UploadFacts {
	if (filename === undefined) throw wrong("file", "must be the file to upload");
	if (fields.get("purpose") !== "batch") throw wrong("purpose", "must be batch, the only purpose served here");
	const seconds = fields.get("expires_after[seconds]");
	const anchor = fields.get("expires_after[anchor]");
	if (seconds === undefined && anchor === undefined) return { filename: toFilename(filename), purpose: "batch" };
	if (anchor !== "created_at") throw wrong("expires_after/anchor", "must be created_at");
	const keep = /^\d{1,8}$/.test(seconds ?? "") ? Number(seconds) : 0;
	if (keep < 3600 || keep > 2_592_000)
		throw wrong("expires_after/seconds", "must be a whole number from 3600 to 2592000");
	return { filename: toFilename(filename), purpose: "batch", keepMs: keep * 1000 };
}

/** A name to show, never a path: at most 255 characters without control characters. */
function toFilename(name: string): string {
	const last = name.split(/[/\\]/).at(-1) ?? "";
	return (
		last
			.toWellFormed()
			.replaceAll(/\p{Cc}/gu, "")
			.slice(0, 255) || "upload.jsonl"
	);
}

function wrong(field: string, rule: string): SluiceError {
	return new SluiceError("invalid_request", { detail: `/${field}: ${rule}`, pointer: `/${field}` });
}
