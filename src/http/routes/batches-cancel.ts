/** POST /v1/batches/{batch_id}/cancel: ends a batch early; what is done is written out. */
import { z } from "@hono/zod-openapi";
import { problemResponses } from "../problem.ts";
import { BatchSchema, toWireBatch } from "../protocols/batches.ts";
import { RECORDS_CODES } from "../protocols/list.ts";
import { recordsHandler } from "../records-handler.ts";
import type { Route } from "../route.ts";

/** The route. */
export const batchesCancel: Route = {
	config: {
		method: "post",
		path: "/v1/batches/{batch_id}/cancel",
		summary: "Cancel a batch that is not over",
		request: { params: z.object({ batch_id: z.string() }) },
		responses: {
			200: { description: "The batch, cancelling", content: { "application/json": { schema: BatchSchema } } },
			...problemResponses("invalid_request", "not_found", ...RECORDS_CODES),
		},
	},
	create: (parts) =>
		recordsHandler(parts, (c, { batches, tenant }) =>
			c.json(toWireBatch(batches.cancel(tenant, c.req.param("batch_id") ?? ""))),
		),
};
