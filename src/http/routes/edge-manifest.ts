/** GET /edge/manifest: what this service judges by, for an edge in front of it. */
import { edgeHandler } from "../edge-handler.ts";
import { problemResponses } from "../problem.ts";
import { EDGE_PATHS, EdgeManifestSchema } from "../protocols/edge.ts";
import { checkReady } from "../ready.ts";
import type { Route } from "../route.ts";

/** The route. */
export const edgeManifest: Route = {
	config: {
		method: "get",
		path: EDGE_PATHS.manifest,
		summary: "For an edge with a service token: the policies and the model that judge here",
		responses: {
			200: { description: "Both", content: { "application/json": { schema: EdgeManifestSchema } } },
			...problemResponses("not_ready", "not_configured", "internal"),
		},
	},
	create: (parts) =>
		edgeHandler(parts, (c) => {
			const { moderator } = parts;
			checkReady(moderator);
			const { policies, model, maxCharacters } = moderator;
			return c.json({ policies, model: { id: model.id, hash: model.hash }, maxCharacters });
		}),
};
