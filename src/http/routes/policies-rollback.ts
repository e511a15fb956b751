/** POST /v1/policies/{policy_id}/rollback: an earlier text again, as a new version. */
import { z } from "@hono/zod-openapi";
import { readJson } from "../body.ts";
import { parseRequest } from "../parse-request.ts";
import { policyWritesHandler, sendPolicy } from "../policies-handler.ts";
import { problemResponses } from "../problem.ts";
import { PolicyTextSchema, parsePrecondition, RollbackSchema } from "../protocols/policies.ts";
import type { Route } from "../route.ts";

/** The route. */
export const policiesRollback: Route = {
	config: {
		method: "post",
		path: "/v1/policies/{policy_id}/rollback",
		summary: "Give a policy the text of an earlier version; If-Match names the one it replaces",
		request: {
			params: z.object({ policy_id: z.string() }),
			headers: z.object({ "if-match": z.string().optional() }),
			body: { required: true, content: { "application/json": { schema: RollbackSchema } } },
		},
		responses: {
			200: { description: "The policy as it is now", content: { "application/json": { schema: PolicyTextSchema } } },
			...problemResponses(
				...(["invalid_request", "invalid_json", "not_found", "precondition_failed", "precondition_required"] as const),
				...(["unsupported_media_type", "body_too_large", "not_configured", "storage_full", "not_ready"] as const),
				...(["invalid_policy", "internal"] as const),
			),
		},
	},
	create: (parts) =>
		policyWritesHandler(parts, async (c, live) => {
			const condition = parsePrecondition(c.req.header("if-match"), c.req.header("if-none-match"));
			const { version } = parseRequest(RollbackSchema, await readJson(c, parts.limits.maxBodyBytes));
			return sendPolicy(c, await live.rollback(c.req.param("policy_id") ?? "", version, condition));
		}),
};
