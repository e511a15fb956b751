/**
 * What a gateway has to do, one thing more per stage, on a bare Hono route and by the service's own parts called one after the
 * other: no scopes, deadlines, request ids, log lines, traces or errors. What the whole gateway costs beyond the last stage is
 * for those; what the last stage costs beyond the first one, no gateway that does these things can save.
 */
import { createAdaptorServer } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { openTrail, recordDecisions } from "../../src/audit/index.ts";
import { readSecret } from "../../src/http/admit.ts";
import { readJson } from "../../src/http/body.ts";
import { toCaller } from "../../src/http/caller.ts";
import { createModerationsEndpoint } from "../../src/http/endpoints.ts";
import { answerLightly } from "../../src/http/light-answers.ts";
import { createRateLimits } from "../../src/http/rate-limit.ts";
import type { HttpEnv } from "../../src/http/route.ts";
import { createKeyRing } from "../../src/keys/index.ts";
import { createLog } from "../../src/log.ts";
import { createMetrics } from "../../src/metrics/index.ts";
import { createInstantModerator } from "./instant.ts";

const PATH = "/v1/moderations";
const MAX_BODY_BYTES = 1 << 20;

/** In the order in which they add up. */
export const STAGES = ["echo", "answer", "key", "limits", "metrics", "records"] as const;
/** One of {@link STAGES}: sends the body back; checks it and answers as moderation; and so on. */
export type Stage = (typeof STAGES)[number];

/** Listens on `port`; `keysFile` and `auditDir` as the gateway's settings have them. */
export async function startStage(
	stage: Stage,
	of: { readonly port: number; readonly keysFile: string; readonly auditDir: string },
): Promise<void> {
	const app = new Hono<HttpEnv>();
	app.get("/readyz", (c) => c.json({}));
	if (stage === "echo") app.post(PATH, async (c) => c.json(await c.req.json()));
	else app.post(PATH, await createHandler(STAGES.indexOf(stage), of));
	createAdaptorServer({ fetch: app.fetch }).listen(of.port, "127.0.0.1");
}

async function createHandler(
	last: number,
	{ keysFile, auditDir }: { readonly keysFile: string; readonly auditDir: string },
): Promise<(c: Context<HttpEnv>) => Promise<Response>> {
	const does = (stage: Stage): boolean => STAGES.indexOf(stage) <= last;
	const metrics = createMetrics();
	const instant = createInstantModerator();
	metrics.usePolicies(instant.policies.map(({ id }) => id));
	const log = createLog({ level: "silent" });
	const trail = does("records")
		? await openTrail(auditDir, { log, keepsContent: false, onFailure: "block" })
		: undefined;
	const counted = does("metrics") ? metrics.measured(instant) : instant;
	const moderator = trail === undefined ? counted : recordDecisions(counted, trail.trail);
	const keys = createKeyRing({ file: keysFile });
	const limits = createRateLimits();
	const parse = createModerationsEndpoint({ moderator, limits: { maxInputs: 32 } });
	return async (c) => {
		const began = performance.now();
		answerLightly(c);
		const key = does("key") ? keys.find(readSecret(c.req) ?? "") : undefined;
		if (does("key") && key === undefined) return c.json({}, 401);
		if (does("limits")) await limits.countRequest(c, toCaller(key!));
		const request = parse(await readJson(c, MAX_BODY_BYTES));
		const characters = (request.contents[0] as string).length;
		if (does("limits")) await limits.countCharacters(c, toCaller(key!), characters);
		const answer = c.json(request.answer(await moderator.moderate(request.contents, { origin: { surface: PATH } })));
		if (!does("metrics")) return answer;
		metrics.http.begin();
		const ms = performance.now() - began;
		metrics.http.end({ route: PATH, method: "POST", status: 200, ms, inputs: 1, characters });
		return answer;
	};
}
