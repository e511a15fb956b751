/** POST /edge/lines: lines of a batch that an edge took, any number of times and in any order. */
import { readJson } from "../body.ts";
import { edgeHandler } from "../edge-handler.ts";
import { parseRequest } from "../parse-request.ts";
import { problemResponses } from "../problem.ts";
import { toWish } from "../protocols/batches.ts";
import { EDGE_PATHS, LinesBodySchema, LinesRequestSchema } from "../protocols/edge.ts";
import { RECORDS_CODES } from "../protocols/list.ts";
import { recordsHandler } from "../records-handler.ts";
import type { Route } from "../route.ts";

/** The route. */
export const edgeLines: Route = {
	config: {
		method: "post",
		path: EDGE_PATHS.lines,
		summary: "For an edge with a service token: lines of a batch, or its end, after which the batch begins",
		request: { body: { required: true, content: { "application/json": { schema: LinesBodySchema } } } },
		responses: {
			204: { description: "They are kept, or were before" },
			...problemResponses("invalid_request", "invalid_json", "body_too_large", "storage_full", ...RECORDS_CODES),
		},
	},
	create: (parts) =>
		edgeHandler(
			parts,
			recordsHandler(parts, async (c, { batches, tenant }) => {
				const request = parseRequest(LinesRequestSchema, await readJson(c, parts.limits.maxBodyBytes));
				const { grant } = c.var.caller ?? {};
				if (!("end" in request)) await batches.receive(tenant, request);
				else {
					const { lines, request: wanted } = request.end;
					const wish = { ...toWish({ ...wanted, input_file_id: "" }), grant };
					await batches.receive(tenant, { batch: request.batch, end: { lines, wish } });
				}
				return c.body(null, 204);
			}),
		),
};
