/** GET /v1/files: a tenant's files, page by page. */
import { parseRequest } from "../parse-request.ts";
import { problemResponses } from "../problem.ts";
import { FileSchema, toWireFile } from "../protocols/files.ts";
import { listQuery, listSchema, RECORDS_CODES, toWireList } from "../protocols/list.ts";
import { recordsHandler } from "../records-handler.ts";
import type { Route } from "../route.ts";

const Query = listQuery(10_000, 10_000);

/** The route. */
export const filesList: Route = {
	config: {
		method: "get",
		path: "/v1/files",
		summary: "Files, newest first",
		request: { query: Query },
		responses: {
			200: { description: "A page", content: { "application/json": { schema: listSchema(FileSchema) } } },
			...problemResponses("invalid_request", ...RECORDS_CODES),
		},
	},
	create: (parts) =>
		recordsHandler(parts, (c, { batches, tenant }) => {
			const page = parseRequest(Query, c.req.query());
			return c.json(toWireList(batches.files(tenant, page), toWireFile));
		}),
};
