/** GET /v1/batches: a tenant's batches, page by page. */
import { parseRequest } from "../parse-request.ts";
import { problemResponses } from "../problem.ts";
import { BatchSchema, toWireBatch } from "../protocols/batches.ts";
import { listQuery, listSchema, RECORDS_CODES, toWireList } from "../protocols/list.ts";
import { recordsHandler } from "../records-handler.ts";
import type { Route } from "../route.ts";

const Query = listQuery(100, 20);

/** The route. */
export const batchesList: Route = {
	config: {
		method: "get",
		path: "/v1/batches",
		summary: "Batches, newest first",
		request: { query: Query.omit({ order: true, purpose: true }) },
		responses: {
			200: { description: "A page", content: { "application/json": { schema: listSchema(BatchSchema) } } },
			...problemResponses("invalid_request", ...RECORDS_CODES),
		},
	},
	create: (parts) =>
		recordsHandler(parts, (c, { batches, tenant }) => {
			const { after, limit } = parseRequest(Query, c.req.query());
			return c.json(toWireList(batches.batches(tenant, { after, limit }), toWireBatch));
		}),
};
