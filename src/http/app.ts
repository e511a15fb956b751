/**
 * The HTTP app: registered routes, one error boundary, request ids and the request log. Knows no model and no process.
 */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context, Hono } from "hono";
import { TrieRouter } from "hono/router/trie-router";
import { SluiceError } from "../errors.ts";
import { admit } from "./admit.ts";
import { describeKeys, KEY_PLACES } from "./describe-keys.ts";
import { toErrorFields } from "./error-fields.ts";
import { createGranted } from "./granted.ts";
import { type Observe, observe } from "./observe.ts";
import { sendProblem, toSluiceError } from "./problem.ts";
import type { Handler, HttpEnv, HttpParts, Route } from "./route.ts";
import { ROUTES } from "./routes/index.ts";
import { scopeOf } from "./scopes.ts";

export type { HttpEnv, HttpLimits, HttpParts } from "./route.ts";

/** Version of the HTTP interface, not of the package. */
const API_VERSION = "1.0.0";

/** Builds the app. Throws `invalid_policy` when a policy maps to a name a protocol does not have. */
export function createApp(parts: HttpParts): Hono<HttpEnv> {
	const app = new OpenAPIHono<HttpEnv>();
	const answer = createAnswer(parts);
	const document = (): object =>
		app.getOpenAPI31Document({
			openapi: "3.1.0",
			info: { title: "Sluice", version: API_VERSION, description: "Safety moderation of text" },
		});
	for (const [place, scheme] of Object.entries(KEY_PLACES))
		app.openAPIRegistry.registerComponent("securitySchemes", place, scheme);
	for (const route of ROUTES) {
		app.openAPIRegistry.registerPath(describeKeys(route.config));
		const { path, method } = route.config;
		const handle = createHandler(route, { ...parts, document });
		// one handler per route and no middleware: those are called through promises of their own
		app.on(method.toUpperCase(), toHonoPath(path), (c) => answer(c, handle));
	}
	const refuse = createRefusal();
	app.notFound((c) => answer(c, refuse));
	app.onError((thrown, c) => sendProblem(c, toSluiceError(thrown))); // of what stands around the handlers
	return app;
}

/** Answers a request by its handler, what is thrown too. */
function createAnswer(parts: HttpParts): Observe {
	const refusals = new Map(ROUTES.map(({ config, refuse }) => [config.path, refuse]));
	const refuse = (c: Context<HttpEnv>, thrown: unknown): Response => {
		const error = toSluiceError(thrown);
		if (error.status === 500)
			parts.log.error({ request_id: c.get("requestId"), ...toErrorFields(error) }, "request failed");
		return (refusals.get(c.req.path) ?? sendProblem)(c, error);
	};
	return observe(parts, refuse);
}

/** For requests that no route takes: with another method one would, or none has the path. */
function createRefusal(): Handler {
	const paths = new TrieRouter<{ readonly path: string; readonly allowed: string }>();
	for (const [path, routes] of Map.groupBy(ROUTES, (route) => route.config.path))
		paths.add("ALL", toHonoPath(path), { path, allowed: allowedMethods(routes) });
	return (c) => {
		const [found] = paths.match(c.req.method, c.req.path)[0];
		if (found === undefined)
			throw new SluiceError("not_found", { detail: "no route has this path; GET /openapi.json lists them" });
		const [{ path, allowed }] = found;
		c.set("route", path);
		c.header("allow", allowed);
		throw new SluiceError("method_not_allowed", { detail: `this route answers ${allowed}` });
	};
}

/** The route's handler behind its scope, as the caller's key has it. */
function createHandler({ config, create }: Route, parts: Parameters<Route["create"]>[0]): Handler {
	const { path, method } = config;
	const { access, moderator, batches, recordsUrl } = parts;
	const isPassedOn = batches === undefined && recordsUrl !== undefined && scopeOf(config) === "batch";
	const passOn = parts.passOn?.(config);
	if (passOn !== undefined)
		return async (c) => {
			c.set("route", path);
			if (access !== undefined) await admit(c, access, { path, method, isPassedOn: true });
			return passOn(c);
		};
	const handle = create(parts);
	const handleGranted = createGranted(moderator, (granted) => create({ ...parts, moderator: granted }));
	return async (c) => {
		c.set("route", path);
		if (access === undefined) return handle(c);
		const waiting = admit(c, access, { path, method, isPassedOn });
		if (waiting !== undefined) await waiting;
		return (handleGranted(c.get("caller")?.grant) ?? handle)(c);
	};
}

/** OpenAPI's `{file_id}` is Hono's `:file_id`. */
function toHonoPath(path: string): string {
	return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

function allowedMethods(routes: readonly Route[]): string {
	const methods = routes.map((route) => route.config.method.toUpperCase());
	return (methods.includes("GET") ? [...methods, "HEAD"] : methods).join(", ");
}
