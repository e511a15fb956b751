/**
 * The HTTP app: registered routes, one error boundary, request ids and the request log. Knows no model and no process.
 */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Hono } from "hono";
import { SluiceError } from "../errors.ts";
import { toErrorFields } from "./error-fields.ts";
import { observe } from "./observe.ts";
import { sendProblem, toSluiceError } from "./problem.ts";
import type { HttpEnv, HttpParts, Route } from "./route.ts";
import { ROUTES } from "./routes/index.ts";

export type { HttpEnv, HttpLimits, HttpParts } from "./route.ts";

/** Version of the HTTP interface, not of the package. */
const API_VERSION = "1.0.0";

/** Builds the app. Throws `invalid_policy` when a policy maps to a name a protocol does not have. */
export function createApp(parts: HttpParts): Hono<HttpEnv> {
	const app = new OpenAPIHono<HttpEnv>();
	app.use(observe(parts.log));
	const document = (): object =>
		app.getOpenAPI31Document({
			openapi: "3.1.0",
			info: { title: "Sluice", version: API_VERSION, description: "Safety moderation of text" },
		});
	for (const route of ROUTES) {
		app.openAPIRegistry.registerPath(route.config);
		const handle = route.create({ ...parts, document });
		app.on(route.config.method.toUpperCase(), toHonoPath(route.config.path), (c) => {
			c.set("route", route.config.path);
			return handle(c);
		});
	}
	for (const [path, routes] of Map.groupBy(ROUTES, (route) => route.config.path)) {
		const allowed = allowedMethods(routes);
		app.all(toHonoPath(path), (c) => {
			c.set("route", path);
			c.header("allow", allowed);
			throw new SluiceError("method_not_allowed", { detail: `this route answers ${allowed}` });
		});
	}
	app.notFound((c) =>
		sendProblem(c, new SluiceError("not_found", { detail: "no route has this path; GET /openapi.json lists them" })),
	);
	const refusals = new Map(ROUTES.map(({ config, refuse }) => [config.path, refuse]));
	app.onError((thrown, c) => {
		const error = toSluiceError(thrown);
		if (error.status === 500)
			parts.log.error({ request_id: c.var.requestId, ...toErrorFields(error) }, "request failed");
		return (refusals.get(c.req.path) ?? sendProblem)(c, error);
	});
	return app;
}

/** OpenAPI's `{file_id}` is Hono's `:file_id`. */
function toHonoPath(path: string): string {
	return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

function allowedMethods(routes: readonly Route[]): string {
	const methods = routes.map((route) => route.config.method.toUpperCase());
	return (methods.includes("GET") ? [...methods, "HEAD"] : methods).join(", ");
}
