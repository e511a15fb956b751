/** POST /edge/verdicts: verdicts for an edge that answers in the wire formats itself. */
import { fingerprintPolicies, toWireVerdict } from "../../dispatch/index.ts";
import { SluiceError } from "../../errors.ts";
import { readJson } from "../body.ts";
import { edgeHandler } from "../edge-handler.ts";
import { judge } from "../judge.ts";
import { checkArrayLength, parseRequest } from "../parse-request.ts";
import { MODERATING_CODES, problemResponses } from "../problem.ts";
import { EDGE_PATHS, VerdictsRequestSchema, VerdictsResponseSchema } from "../protocols/edge.ts";
import type { Route } from "../route.ts";
import { isJudging } from "../scopes.ts";

/** Texts of a checked request may be written longer here than they came. */
const ROOM = 2;

/** The route. */
export const edgeVerdicts: Route = {
	config: {
		method: "post",
		path: EDGE_PATHS.verdicts,
		summary: "For an edge with a service token: judge texts by the policies it names",
		request: { body: { required: true, content: { "application/json": { schema: VerdictsRequestSchema } } } },
		responses: {
			200: {
				description: "One verdict per text",
				content: { "application/json": { schema: VerdictsResponseSchema } },
			},
			...problemResponses(...MODERATING_CODES, "precondition_failed", "not_configured"),
		},
	},
	create(parts) {
		const { moderator, limits } = parts;
		const fingerprint = fingerprintPolicies(moderator.policies);
		return edgeHandler(parts, async (c) => {
			const body = await readJson(c, limits.maxBodyBytes * ROOM);
			checkArrayLength(body, "contents", limits.maxInputs);
			const { policies, surface, contents, budget } = parseRequest(VerdictsRequestSchema, body);
			if (policies !== fingerprint)
				throw new SluiceError("precondition_failed", {
					detail: "/policies: this service judges by others now",
					pointer: "/policies",
				});
			if (!isJudging(surface))
				throw new SluiceError("invalid_request", { detail: "/surface: is no route that judges", pointer: "/surface" });
			const pointers = contents.map((_, i) => `/contents/${i}`);
			const verdicts = await judge(c, parts, { contents, pointers, budget, surface });
			const { id, hash } = verdicts[0]?.model ?? moderator.model;
			return c.json({ model: { id, hash }, verdicts: verdicts.map(toWireVerdict) });
		});
	},
};
