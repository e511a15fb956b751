/** GET /v1/policies/{policy_id}/versions: the texts that a policy had. */
import { z } from "@hono/zod-openapi";
import { policiesHandler } from "../policies-handler.ts";
import { problemResponses } from "../problem.ts";
import { PolicyVersionSchema, toWireVersion } from "../protocols/policies.ts";
import type { Route } from "../route.ts";

const VersionsSchema = z
	.object({ object: z.literal("list"), data: z.array(PolicyVersionSchema) })
	.openapi("PolicyVersions");

/** The route. */
export const policiesVersions: Route = {
	config: {
		method: "get",
		path: "/v1/policies/{policy_id}/versions",
		summary: "List the versions of a policy, newest first",
		request: { params: z.object({ policy_id: z.string() }) },
		responses: {
			200: { description: "The versions", content: { "application/json": { schema: VersionsSchema } } },
			...problemResponses("not_found", "not_configured", "internal"),
		},
	},
	create: (parts) =>
		policiesHandler(parts, async (c, live) => {
			const versions = await live.versions(c.req.param("policy_id") ?? "");
			return c.json({ object: "list", data: versions.map(toWireVersion) });
		}),
};
