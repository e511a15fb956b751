/**
 * The gateway at the edge: the same app as elsewhere, over a moderator that asks the origin. What judges texts is answered
 * here; chats, files, batches, policies and metrics are the origin's to answer, and stream through. Never runs the engine.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Context, Hono } from "hono";
import { SluiceError } from "../errors.ts";
import type { Access } from "../http/access.ts";
import { readSecret } from "../http/admit.ts";
import { createApp } from "../http/app.ts";
import { toCaller } from "../http/caller.ts";
import type { EdgeManifest } from "../http/protocols/edge.ts";
import { createRateLimits } from "../http/rate-limit.ts";
import type { Handler, HttpEnv, HttpParts } from "../http/route.ts";
import { isJudging, scopeOf } from "../http/scopes.ts";
import type { Key } from "../keys/index.ts";
import type { Log } from "../log.ts";
import { readEdgeBatchId } from "./batch-id.ts";
import { createEdgeCache, type PlatformCache } from "./cache.ts";
import { deliver, type QueuedMessages } from "./deliver.ts";
import { openEdgeKeys } from "./keys.ts";
import { createManifestSource } from "./manifest.ts";
import { createOrigin, type Origin } from "./origin.ts";
import { createRemoteModerator } from "./remote-moderator.ts";
import { type EdgeEnv, type EdgeSettings, readSettings } from "./settings.ts";
import { bringsLines, takeLines, toWaiting } from "./take-lines.ts";
import { createVerdictCache } from "./verdict-cache.ts";

const RETRY_MS = 3_000;
/** The origin drops what it has of a batch whose lines have not all come by then. */
const MOST_WAITING_MS = 7 * 24 * 60 * 60 * 1000;
/** Judges nothing: what would be judged is refused. */
const NOTHING: EdgeManifest = { policies: [], model: { id: "", hash: "" }, maxCharacters: 1 };

/** What the platform calls. */
export interface Edge {
	fetch(request: Request): Promise<Response>;
	queue(messages: QueuedMessages): Promise<void>;
}

/** What an edge is made of beside its bindings. */
export interface EdgeParts {
	readonly log: Log;
	/** Nothing is remembered where left out. */
	readonly cache?: PlatformCache | undefined;
	/** The platform's where left out. */
	readonly fetch?: typeof fetch | undefined;
}

/** Throws `invalid_config` where a binding is missing or wrong. */
export function createEdge(env: EdgeEnv, parts: EdgeParts): Edge {
	const settings = readSettings(env);
	const { log } = parts;
	const origin = createOrigin({ ...settings, fetch: parts.fetch });
	const cache = parts.cache && createEdgeCache(parts.cache);
	const manifest = createManifestSource(origin, { cache, log });
	const keys = openEdgeKeys(env);
	const asking = new AsyncLocalStorage<{ readonly key: Key | undefined }>();
	const access: Access = {
		keys: { find: () => asking.getStore()?.key, hasKeys: () => true },
		limits: createRateLimits(),
		isRequired: settings.requireKeys,
	};
	const verdicts =
		cache && settings.cacheSeconds > 0 ? createVerdictCache(cache, settings.secret, settings.cacheSeconds) : undefined;
	const build = (of: EdgeManifest | undefined): Hono<HttpEnv> =>
		createApp({
			...{ access, log, limits: settings.limits },
			moderator: createRemoteModerator({
				...{ origin, manifest: of ?? NOTHING, onFailure: settings.onFailure, cache: verdicts },
				caller() {
					const key = asking.getStore()?.key;
					return key && toCaller(key);
				},
				changed: () => manifest.forget(),
			}),
			passOn: createPassOn(origin, { env, settings, isKnown: of !== undefined }),
			dependencies: { origin: { isNeeded: true, check: () => checkOrigin(origin) } },
		});
	let current: { readonly of: EdgeManifest | undefined; readonly app: Hono<HttpEnv> } | undefined;
	return {
		async fetch(request) {
			const of = await manifest.current();
			if (current === undefined || current.of !== of) current = { of, app: build(of) };
			const { app } = current;
			const secret = readSecret(toSent(request));
			const key = secret === undefined ? undefined : await keys.find(secret);
			return asking.run({ key }, () =>
				app.fetch(request, { remoteAddress: request.headers.get("cf-connecting-ip") ?? "none" }),
			);
		},
		queue: (messages) => deliver(messages, { origin, log, retrySeconds: settings.retrySeconds }),
	};
}

/** Which routes are the origin's to answer. */
function createPassOn(
	origin: Origin,
	{ env, settings, isKnown }: { readonly env: EdgeEnv; readonly settings: EdgeSettings; readonly isKnown: boolean },
): NonNullable<HttpParts["passOn"]> {
	const { LINES: lines } = env;
	const passOn: Handler = (c) => origin.passOn(c);
	return (route) => {
		const scope = scopeOf(route);
		if (scope === "public") return undefined;
		if (isJudging(route.path)) return isKnown ? undefined : refuseUnknown;
		if (scope === "service")
			return () => {
				throw new SluiceError("not_found", { detail: "no route has this path; GET /openapi.json lists them" });
			};
		const name = `${route.method} ${route.path}`;
		if (name === "post /v1/batches" && lines !== undefined)
			return (c) => (bringsLines(c) ? takeLines(c, lines, settings) : passOn(c));
		if (name === "get /v1/batches/{batch_id}") return (c) => showBatch(c, origin, settings);
		return passOn;
	};
}

/** Before the origin has been reached for the first time. */
function refuseUnknown(): never {
	throw new SluiceError("not_ready", {
		detail: "the service behind this edge has not said yet what it judges by; try again in a moment",
		retryAfterMs: RETRY_MS,
	});
}

/** A batch whose lines have not all come to the origin is none there yet. */
async function showBatch(c: Context<HttpEnv>, origin: Origin, { secret }: EdgeSettings): Promise<Response> {
	const id = c.req.param("batch_id") ?? "";
	const takenMs = readEdgeBatchId(secret, c.var.tenant ?? "default", id);
	const answer = await origin.passOn(c);
	if (takenMs === undefined || answer.status !== 404 || Date.now() > takenMs + MOST_WAITING_MS) return answer;
	await answer.body?.cancel();
	return Response.json(toWaiting(id, takenMs), { headers: { "x-request-id": c.var.requestId } });
}

async function checkOrigin(origin: Origin): Promise<string | undefined> {
	try {
		const answer = await origin.ask({ method: "GET", path: "/readyz", signal: AbortSignal.timeout(3_000) });
		await answer.body?.cancel();
		return answer.ok ? undefined : `the service behind this edge is not ready (${answer.status})`;
	} catch {
		return "the service behind this edge is out of reach";
	}
}

function toSent(request: Request): Parameters<typeof readSecret>[0] {
	return {
		header: (name) => request.headers.get(name) ?? undefined,
		query: (name) => new URL(request.url).searchParams.get(name) ?? undefined,
	};
}
