/** GET /healthz: the process answers. */

import type { Route } from "../route.ts";
import { StatusSchema } from "../status.ts";

/** The route. */
export const healthz: Route = {
	config: {
		method: "get",
		path: "/healthz",
		summary: "Whether the process answers",
		responses: { 200: { description: "It does", content: { "application/json": { schema: StatusSchema } } } },
	},
	create: () => (c) => c.json({ status: "ok" }),
};
