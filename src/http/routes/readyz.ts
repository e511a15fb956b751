/** GET /readyz: the model is loaded, what it depends on is there, and texts can be judged. */
import { z } from "@hono/zod-openapi";
import { SluiceError } from "../../errors.ts";
import { problemResponses } from "../problem.ts";
import { checkReady } from "../ready.ts";
import type { Route } from "../route.ts";

const ReadySchema = z
	.object({
		status: z.literal("ok"),
		dependencies: z
			.record(z.string(), z.string())
			.optional()
			.openapi({
				description: '"ok", or what is wrong with something that texts can be judged without',
				example: { redis: "ok", records: "the process that owns files and batches is out of reach" },
			}),
	})
	.openapi("Ready");

/** The route. */
export const readyz: Route = {
	config: {
		method: "get",
		path: "/readyz",
		summary: "Whether texts can be judged now, and what the process depends on",
		responses: {
			200: { description: "They can", content: { "application/json": { schema: ReadySchema } } },
			...problemResponses("not_ready"),
		},
	},
	create({ moderator, isDraining, dependencies = {} }) {
		const named = Object.entries(dependencies);
		return async (c) => {
			if (isDraining?.()) throw new SluiceError("not_ready", { detail: "this process is about to stop" });
			const states = await Promise.all(named.map(async ([name, { check }]) => [name, await check()] as const));
			for (const [name, wrong] of states)
				if (wrong !== undefined && dependencies[name]!.isNeeded) throw new SluiceError("not_ready", { detail: wrong });
			checkReady(moderator);
			if (states.length === 0) return c.json({ status: "ok" });
			const told = Object.fromEntries(states.map(([name, wrong]) => [name, wrong ?? "ok"]));
			return c.json({ status: "ok", dependencies: told });
		};
	},
};
