/** POST /v1/batches: begins to judge the lines of an uploaded file. */
import { readJson } from "../body.ts";
import { parseRequest } from "../parse-request.ts";
import { problemResponses } from "../problem.ts";
import { BatchRequestSchema, BatchSchema, toWireBatch, toWish } from "../protocols/batches.ts";
import { RECORDS_CODES } from "../protocols/list.ts";
import { recordsHandler } from "../records-handler.ts";
import type { Route } from "../route.ts";

/** The route. */
export const batchesCreate: Route = {
	config: {
		method: "post",
		path: "/v1/batches",
		summary: "Judge the lines of an uploaded file",
		request: { body: { required: true, content: { "application/json": { schema: BatchRequestSchema } } } },
		responses: {
			200: { description: "The batch", content: { "application/json": { schema: BatchSchema } } },
			...problemResponses(
				"invalid_request",
				"invalid_json",
				"unsupported_media_type",
				"body_too_large",
				...RECORDS_CODES,
			),
		},
	},
	create: (parts) =>
		recordsHandler(parts, async (c, { batches, tenant }) => {
			const request = parseRequest(BatchRequestSchema, await readJson(c, parts.limits.maxBodyBytes));
			return c.json(toWireBatch(batches.create(tenant, { ...toWish(request), grant: c.var.caller?.grant })));
		}),
};
