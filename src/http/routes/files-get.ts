/** GET /v1/files/{file_id}: what is known of a file. */
import { z } from "@hono/zod-openapi";
import { problemResponses } from "../problem.ts";
import { FileSchema, toWireFile } from "../protocols/files.ts";
import { RECORDS_CODES } from "../protocols/list.ts";
import { recordsHandler } from "../records-handler.ts";
import type { Route } from "../route.ts";

/** The route. */
export const filesGet: Route = {
	config: {
		method: "get",
		path: "/v1/files/{file_id}",
		summary: "A file's name, size and times",
		request: { params: z.object({ file_id: z.string() }) },
		responses: {
			200: { description: "The file", content: { "application/json": { schema: FileSchema } } },
			...problemResponses("not_found", ...RECORDS_CODES),
		},
	},
	create: (parts) =>
		recordsHandler(parts, (c, { batches, tenant }) =>
			c.json(toWireFile(batches.file(tenant, c.req.param("file_id") ?? ""))),
		),
};
