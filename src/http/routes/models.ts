/** GET /v1/models: what may be named as `model` of a completion. */
import { refuseChat, toCall } from "../answer-chat.ts";
import { problemResponses } from "../problem.ts";
import { ModelListSchema } from "../protocols/chat-schemas.ts";
import type { Route } from "../route.ts";

/** The route. */
export const models: Route = {
	config: {
		method: "get",
		path: "/v1/models",
		summary: "List the models that answer, in OpenAI's format",
		responses: {
			200: { description: "The models", content: { "application/json": { schema: ModelListSchema } } },
			...problemResponses("not_configured", "remote_failed", "source_failed", "overloaded", "unauthorized", "internal"),
		},
	},
	create({ chat }) {
		if (chat === undefined) return refuseChat;
		return async (c) => {
			const lists = await Promise.all(chat.sources.map((source) => source.models(toCall(c, c.req.raw.signal))));
			const all = new Map(lists.flat().map((model) => [model.id, model]));
			const data = [...all.values()].map(({ id, created, ownedBy }) => ({
				id,
				object: "model",
				created,
				owned_by: ownedBy,
			}));
			return c.json({ object: "list", data });
		};
	},
};
