/** GET /v1/policies/{policy_id}: a policy with its text and its ETag. */
import { z } from "@hono/zod-openapi";
import { policiesHandler, sendPolicy } from "../policies-handler.ts";
import { problemResponses } from "../problem.ts";
import { PolicyTextSchema } from "../protocols/policies.ts";
import type { Route } from "../route.ts";

/** The route. */
export const policiesGet: Route = {
	config: {
		method: "get",
		path: "/v1/policies/{policy_id}",
		summary: "A policy with its text",
		request: { params: z.object({ policy_id: z.string() }) },
		responses: {
			200: { description: "The policy", content: { "application/json": { schema: PolicyTextSchema } } },
			...problemResponses("not_found", "not_configured", "internal"),
		},
	},
	create: (parts) =>
		policiesHandler(parts, async (c, live) => sendPolicy(c, await live.policy(c.req.param("policy_id") ?? ""))),
};
