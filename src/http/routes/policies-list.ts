/** GET /v1/policies: what texts are judged by. */
import { z } from "@hono/zod-openapi";
import { fingerprintPolicies } from "../../dispatch/index.ts";
import { policiesHandler } from "../policies-handler.ts";
import { problemResponses } from "../problem.ts";
import { PolicyItemSchema, toWirePolicy } from "../protocols/policies.ts";
import type { Route } from "../route.ts";

const ListSchema = z
	.object({
		object: z.literal("list"),
		data: z.array(PolicyItemSchema),
		hash: z.string().openapi({ description: "Of all files, to the letter" }),
		fingerprint: z.string().openapi({
			description: "Of what decides verdicts alone; gateways and workers work together where theirs is the same",
		}),
	})
	.openapi("PolicyList");

/** The route. */
export const policiesList: Route = {
	config: {
		method: "get",
		path: "/v1/policies",
		summary: "List the policies with their versions and content hashes",
		responses: {
			200: { description: "The policies", content: { "application/json": { schema: ListSchema } } },
			...problemResponses("not_configured", "internal"),
		},
	},
	create: (parts) =>
		policiesHandler(parts, async (c, live) => {
			const set = live.newest;
			const data = await Promise.all(set.policies.map(async ({ id }) => toWirePolicy(await live.policy(id))));
			const fingerprint = fingerprintPolicies(live.current.policies);
			return c.json({ object: "list", data, hash: live.current.hash, fingerprint });
		}),
};
