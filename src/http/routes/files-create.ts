/** POST /v1/files: an upload, streamed to disk. */
import type { Upload } from "../../batch/index.ts";
import { SluiceError } from "../../errors.ts";
import type { FileRecord } from "../../store/index.ts";
import { parseBoundary, readForm } from "../multipart.ts";
import { problemResponses } from "../problem.ts";
import { FileSchema, parseUpload, toWireFile, UploadSchema } from "../protocols/files.ts";
import { RECORDS_CODES } from "../protocols/list.ts";
import { recordsHandler } from "../records-handler.ts";
import type { Route } from "../route.ts";
import { withIdleLimit } from "../slow-body.ts";

/** Room for the form around the file. */
const FORM_BYTES = 65_536;

/** The route. */
export const filesCreate: Route = {
	config: {
		method: "post",
		path: "/v1/files",
		summary: "Upload the input of a batch",
		request: { body: { required: true, content: { "multipart/form-data": { schema: UploadSchema } } } },
		responses: {
			200: { description: "The file", content: { "application/json": { schema: FileSchema } } },
			...problemResponses(
				"invalid_request",
				"unsupported_media_type",
				"body_too_large",
				"storage_full",
				...RECORDS_CODES,
			),
		},
	},
	create: (parts) =>
		recordsHandler(parts, async (c, { batches, tenant }) => {
			const boundary = parseBoundary(c.req.header("content-type"));
			const limit = batches.limits.maxFileBytes;
			if (Number(c.req.header("content-length") ?? 0) > limit + FORM_BYTES)
				throw new SluiceError("body_too_large", { detail: `the file is larger than the limit of ${limit} bytes` });
			const upload = await batches.upload(tenant);
			try {
				const body = withIdleLimit(c.req.raw.body ?? new ReadableStream<Uint8Array>());
				return c.json(toWireFile(await receive(upload, body, boundary)));
			} finally {
				await upload.discard();
			}
		}),
};

async function receive(upload: Upload, body: AsyncIterable<Uint8Array>, boundary: string): Promise<FileRecord> {
	const fields = new Map<string, string>();
	let filename: string | undefined;
	await readForm(body, boundary, {
		field: (name, value) => fields.set(name, value),
		file(name, called) {
			if (name !== "file" || filename !== undefined)
				throw new SluiceError("invalid_request", {
					detail: "/file: must be the one file of the form",
					pointer: "/file",
				});
			filename = called;
		},
		data: (bytes) => upload.write(bytes),
	});
	return upload.commit(parseUpload(fields, filename));
}
