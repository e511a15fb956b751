/** PUT /v1/policies/{policy_id}: a policy's file, checked as a part of all policies, written and judged by. */
import { z } from "@hono/zod-openapi";
import { readText } from "../body.ts";
import { policyWritesHandler, sendPolicy } from "../policies-handler.ts";
import { problemResponses } from "../problem.ts";
import { LARGEST_POLICY_BYTES, PolicyTextSchema, parsePrecondition } from "../protocols/policies.ts";
import type { Route } from "../route.ts";

const YAML_BODY = {
	mediaType: /^(application|text)\/((x-)?yaml|([a-z0-9.-]+\+)?json)$/,
	header: "application/yaml",
};

/** The route. */
export const policiesPut: Route = {
	config: {
		method: "put",
		path: "/v1/policies/{policy_id}",
		summary: "Write a policy; If-Match names the one it replaces",
		request: {
			params: z.object({ policy_id: z.string() }),
			headers: z.object({
				"if-match": z.string().optional().openapi({ description: "ETag of the policy that is replaced" }),
				"if-none-match": z.string().optional().openapi({ description: "`*` where there must be none yet" }),
			}),
			body: {
				required: true,
				content: { "application/yaml": { schema: z.string() }, "application/json": { schema: z.object({}) } },
			},
		},
		responses: {
			200: { description: "The policy as it is now", content: { "application/json": { schema: PolicyTextSchema } } },
			...problemResponses(
				...(["invalid_request", "not_found", "precondition_failed", "precondition_required"] as const),
				...(["unsupported_media_type", "body_too_large", "not_configured", "storage_full", "not_ready"] as const),
				...(["invalid_policy", "internal"] as const),
			),
		},
	},
	create: (parts) =>
		policyWritesHandler(parts, async (c, live) => {
			const condition = parsePrecondition(c.req.header("if-match"), c.req.header("if-none-match"));
			const most = Math.min(parts.limits.maxBodyBytes, LARGEST_POLICY_BYTES);
			const text = await readText(c, most, YAML_BODY);
			return sendPolicy(c, await live.put(c.req.param("policy_id") ?? "", text, condition));
		}),
};
