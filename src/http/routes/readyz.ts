/** GET /readyz: the model is loaded and texts can be judged. */
import { SluiceError } from "../../errors.ts";
import { problemResponses } from "../problem.ts";
import { checkReady } from "../ready.ts";
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
		({ moderator, isDraining }) =>
		(c) => {
			if (isDraining?.()) throw new SluiceError("not_ready", { detail: "this process is about to stop" });
			checkReady(moderator);
			return c.json({ status: "ok" });
		},
};
