/** Which scope of a key each route asks for; `public` ones answer everybody, `service` ones a process in front of this one. */
import type { Scope } from "../keys/index.ts";

/** See the header. */
export type RouteScope = Scope | "public" | "service";

/** By path, for all methods or by method. */
const SCOPES: Readonly<Record<string, RouteScope | Readonly<Record<string, Scope>>>> = {
	"/healthz": "public",
	"/readyz": "public",
	"/openapi.json": "public",
	"/$discovery/rest": "public",
	"/metrics": "review",
	"/edge/manifest": "service",
	"/edge/verdicts": "service",
	"/edge/lines": "service",
	"/v1/moderations": "moderate",
	"/v1/classify": "moderate",
	"/v1alpha1/comments:analyze": "moderate",
	"/v1alpha1/comments:suggestscore": "moderate",
	"/v1/documents:moderateText": "moderate",
	"/v2/documents:moderateText": "moderate",
	"/contentsafety/text:analyze": "moderate",
	"/v1/chat/completions": "guard",
	"/v1/completions": "guard",
	"/v1/models": "guard",
	"/v1/files": "batch",
	"/v1/files/{file_id}": "batch",
	"/v1/files/{file_id}/content": "batch",
	"/v1/batches": "batch",
	"/v1/batches/{batch_id}": "batch",
	"/v1/batches/{batch_id}/cancel": "batch",
	"/v1/policies": "moderate",
	"/v1/policies/{policy_id}": { get: "moderate", put: "admin" },
	"/v1/policies/{policy_id}/versions": "review",
	"/v1/policies/{policy_id}/rollback": "admin",
};

/** The scope of a route. Throws for one that is not listed: a route that nobody thought about must not be open. */
export function scopeOf({ path, method }: { readonly path: string; readonly method: string }): RouteScope {
	const of = SCOPES[path];
	const scope = typeof of === "object" ? of[method.toLowerCase()] : of;
	if (scope === undefined) throw new Error(`${method} ${path} asks for no scope: list it in scopes.ts`);
	return scope;
}

/** Whether texts are judged by a route with this path, and nothing else is done with them. */
export function isJudging(path: string): boolean {
	return SCOPES[path] === "moderate" && path !== "/v1/policies";
}
