/** GET /v1/files/{file_id}/content: a file's bytes, streamed from disk. */
import { z } from "@hono/zod-openapi";
import { problemResponses } from "../problem.ts";
import { RECORDS_CODES } from "../protocols/list.ts";
import { recordsHandler } from "../records-handler.ts";
import type { Route } from "../route.ts";
import { streamFile } from "../stream-file.ts";

/** The route. */
export const filesContent: Route = {
	config: {
		method: "get",
		path: "/v1/files/{file_id}/content",
		summary: "A file's bytes",
		request: { params: z.object({ file_id: z.string() }) },
		responses: {
			200: {
				description: "The bytes",
				content: { "application/octet-stream": { schema: z.string().openapi({ format: "binary" }) } },
			},
			...problemResponses("not_found", ...RECORDS_CODES),
		},
	},
	create: (parts) =>
		recordsHandler(parts, (c, { batches, tenant }) => {
			const { file, path } = batches.content(tenant, c.req.param("file_id") ?? "");
			c.header("content-type", "application/octet-stream");
			c.header("content-length", String(file.bytes));
			c.header("x-content-type-options", "nosniff");
			return c.body(streamFile(path));
		}),
};
