/** GET /readyz: the model is loaded and texts can be judged. */
import { SluiceError } from "../../errors.ts";
import { problemResponses } from "../problem.ts";
import type { Route } from "../route.ts";
import { StatusSchema } from "../status.ts";

/** The route. */
export const readyz: Route = {
	config: {
		method: "get",
		path: "/readyz",
		summary: "Whether texts can be judged now",
		responses: {
			200: { description: "They can", content: { "application/json": { schema: StatusSchema } } },
			...problemResponses("not_ready"),
		},
	},
	create:
		({ moderator }) =>
		(c) => {
			if (moderator.isReady()) return c.json({ status: "ok" });
			throw new SluiceError("not_ready", { detail: "the model is still loading; try again in a moment" });
		},
};
