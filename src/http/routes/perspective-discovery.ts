/** GET /$discovery/rest: Perspective's discovery document, naming the address it was asked at. */
import { z } from "@hono/zod-openapi";
import { SluiceError } from "../../errors.ts";
import { googleResponses, sendGoogleError } from "../protocols/google-status.ts";
import { toPerspectiveDiscovery } from "../protocols/perspective-discovery.ts";
import type { Route } from "../route.ts";

/** The route. */
export const perspectiveDiscovery: Route = {
	config: {
		method: "get",
		path: "/$discovery/rest",
		summary: "The discovery document from which Google's clients for Perspective build themselves",
		request: { query: z.object({ version: z.string().optional().openapi({ example: "v1alpha1" }) }) },
		responses: {
			200: {
				description: "A discovery document",
				content: { "application/json": { schema: z.record(z.string(), z.unknown()) } },
			},
			...googleResponses("not_found"),
		},
	},
	refuse: (c, error) => sendGoogleError(c, error),
	create: () => (c) => {
		c.header("cache-control", "no-store"); // the answer follows the Host header
		if ((c.req.query("version") ?? "v1alpha1") === "v1alpha1")
			return c.json(toPerspectiveDiscovery(`${new URL(c.req.url).origin}/`));
		throw new SluiceError("not_found", { detail: "the only version of this API is v1alpha1" });
	},
};
