/** GET /openapi.json: the description of all routes, derived from the schemas they check with. */
import { z } from "@hono/zod-openapi";
import type { Route } from "../route.ts";

/** The route. */
export const openapi: Route = {
	config: {
		method: "get",
		path: "/openapi.json",
		summary: "This description, OpenAPI 3.1",
		responses: {
			200: {
				description: "An OpenAPI 3.1 document",
				content: { "application/json": { schema: z.record(z.string(), z.unknown()) } },
			},
		},
	},
	create({ document }) {
		let text: string | undefined; // built on first use: it is the slowest thing here, and few ask for it
		return (c) => {
			text ??= JSON.stringify(document());
			c.header("content-type", "application/json");
			return c.body(text);
		};
	},
};
