/** GET /v1/batches/{batch_id}: how far a batch is. */
import { z } from "@hono/zod-openapi";
import { problemResponses } from "../problem.ts";
import { BatchSchema, toWireBatch } from "../protocols/batches.ts";
import { RECORDS_CODES } from "../protocols/list.ts";
import { recordsHandler } from "../records-handler.ts";
import type { Route } from "../route.ts";

/** The route. */
export const batchesGet: Route = {
	config: {
		method: "get",
		path: "/v1/batches/{batch_id}",
		summary: "A batch's status, counts and files",
		request: { params: z.object({ batch_id: z.string() }) },
		responses: {
			200: { description: "The batch", content: { "application/json": { schema: BatchSchema } } },
			...problemResponses("not_found", ...RECORDS_CODES),
		},
	},
	create: (parts) =>
		recordsHandler(parts, (c, { batches, tenant }) =>
			c.json(toWireBatch(batches.batch(tenant, c.req.param("batch_id") ?? ""))),
		),
};
