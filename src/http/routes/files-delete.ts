/** DELETE /v1/files/{file_id}: a file and its bytes, gone. */
import { z } from "@hono/zod-openapi";
import { problemResponses } from "../problem.ts";
import { FileDeletedSchema } from "../protocols/files.ts";
import { RECORDS_CODES } from "../protocols/list.ts";
import { recordsHandler } from "../records-handler.ts";
import type { Route } from "../route.ts";

/** The route. */
export const filesDelete: Route = {
	config: {
		method: "delete",
		path: "/v1/files/{file_id}",
		summary: "Delete a file",
		request: { params: z.object({ file_id: z.string() }) },
		responses: {
			200: { description: "It is deleted", content: { "application/json": { schema: FileDeletedSchema } } },
			...problemResponses("invalid_request", "not_found", ...RECORDS_CODES),
		},
	},
	create: (parts) =>
		recordsHandler(parts, async (c, { batches, tenant }) => {
			const id = c.req.param("file_id") ?? "";
			await batches.deleteFile(tenant, id);
			return c.json({ id, object: "file", deleted: true });
		}),
};
