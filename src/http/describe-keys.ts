/** What the OpenAPI description of a route says of keys: where they go, and the answers that a route itself knows nothing of. */
import type { RouteConfig } from "@hono/zod-openapi";
import { ERRORS, type ErrorCode } from "../errors.ts";
import { scopeOf } from "./scopes.ts";

/** Where a key may be, for `components.securitySchemes`. */
export const KEY_PLACES = {
	bearer: { type: "http", scheme: "bearer" },
	header: { type: "apiKey", in: "header", name: "x-api-key" },
	azure: { type: "apiKey", in: "header", name: "ocp-apim-subscription-key" },
	google: { type: "apiKey", in: "query", name: "key" },
	service: { type: "apiKey", in: "header", name: "x-sluice-service-token" },
} as const;

/** None where none is asked for, else one in any place. */
const OF_KEYS: RouteConfig["security"] = [
	{},
	...["bearer", "header", "azure", "google"].map((place) => ({ [place]: [] })),
];

const CODES: readonly ErrorCode[] = ["unauthorized", "forbidden", "rate_limited"];

/** The route with its key and with the refusals of keys, whose bodies are those of its other errors; public ones as they are. */
export function describeKeys(config: RouteConfig): RouteConfig {
	const scope = scopeOf(config);
	if (scope === "public") return config;
	const { internal } = ERRORS;
	const error = config.responses[internal.status];
	if (error === undefined) throw new Error(`${config.path} describes no ${internal.status}`);
	const refusals = CODES.map((code) => {
		const { status, title } = ERRORS[code];
		return [status, { ...error, description: `${code}: ${title}; the scope is ${scope}` }];
	});
	return {
		...config,
		security: scope === "service" ? [{ service: [] }] : OF_KEYS,
		responses: { ...config.responses, ...(Object.fromEntries(refusals) as RouteConfig["responses"]) },
	};
}
