/**
 * Who may ask for what: the key of a request, its scope against the route's, its limits. Keys come where each protocol's clients
 * put them, and appear in no log line: one in a query neither, since paths are logged as patterns.
 */
import type { IncomingMessage } from "node:http";
import type { Context } from "hono";
import { SluiceError } from "../errors.ts";
import type { Scope } from "../keys/index.ts";
import type { Access } from "./access.ts";
import { type Caller, toCaller } from "./caller.ts";
import type { HttpEnv } from "./route.ts";
import { type RouteScope, scopeOf } from "./scopes.ts";
import { SERVICE_TOKEN_HEADER } from "./service-token.ts";

/** How keys of ours begin. */
const OURS = "sluice_";

/** What is asked for. */
interface Asked {
	readonly path: string;
	readonly method: string;
	/** Another gateway answers, which checks the key again and counts the request. */
	readonly isPassedOn?: boolean | undefined;
}

/** Lets a request to a route in, at once where it can, and says whose it is; throws `unauthorized`, `forbidden` or `rate_limited`. */
export function admit(
	c: Context<HttpEnv>,
	{ keys, limits, isRequired, services }: Access,
	{ isPassedOn = false, ...route }: Asked,
): Promise<void> | undefined {
	const scope = scopeOf(route);
	if (scope === "public") return undefined;
	const token = c.req.header(SERVICE_TOKEN_HEADER);
	if (token !== undefined || scope === "service") {
		const caller = verifyService(c, services, token);
		if (caller === undefined) return undefined;
		enter(c, caller, scope);
		return isPassedOn ? undefined : limits.countRequest(c, caller);
	}
	const secret = readSecret(c.req);
	const key = secret === undefined ? undefined : keys.find(secret);
	if (key === undefined) {
		// clients send made-up keys where none is needed; one of ours that is over must not open more than it did
		if (!isRequired && !secret?.startsWith(OURS)) return undefined;
		return refuse(c, limits, secret);
	}
	const caller = toCaller(key);
	enter(c, caller, scope);
	return isPassedOn ? undefined : limits.countRequest(c, caller);
}

async function refuse(c: Context<HttpEnv>, limits: Access["limits"], secret: string | undefined): Promise<never> {
	// right keys go on: behind a proxy everybody has the same address
	if (secret !== undefined) await limits.countWrongKey(addressOf(c));
	c.header("www-authenticate", "Bearer");
	const detail = secret === undefined ? "send a key: authorization: Bearer sluice_..." : "the key is not accepted here";
	throw new SluiceError("unauthorized", { detail });
}

/** Whose request it is, and whether that is enough for the scope; of a service's routes the process in front has checked it. */
function enter(c: Context<HttpEnv>, caller: Caller, scope: RouteScope): void {
	c.set("caller", caller);
	c.set("tenant", caller.tenant);
	if (scope !== "service" && !caller.scopes.includes(scope as Scope))
		throw new SluiceError("forbidden", { detail: `this key lacks the scope ${scope}, which the route asks for` });
}

/** The caller that a process in front has let in; throws `unauthorized` unless that process has signed for it. */
function verifyService(
	c: Context<HttpEnv>,
	services: Access["services"],
	token: string | undefined,
): Caller | undefined {
	if (services === undefined)
		throw new SluiceError("unauthorized", {
			detail: "this process takes no service tokens; set SLUICE_EDGE_SECRET where it shall",
		});
	if (token === undefined)
		throw new SluiceError("unauthorized", { detail: `this route needs a service token in ${SERVICE_TOKEN_HEADER}` });
	const { pathname, search } = new URL(c.req.url);
	return services.verify(token, { method: c.req.method, path: pathname + search });
}

/** Counts what a request wants judged against its key's limit; throws `rate_limited`. */
export function countCharacters(
	c: Context<HttpEnv>,
	{ access }: { readonly access?: Access | undefined },
	characters: number,
): Promise<void> | undefined {
	const caller = c.get("caller");
	if (access === undefined || caller === undefined) return undefined;
	return access.limits.countCharacters(c, caller, characters);
}

/** The parts of a request that may hold a key. */
interface Sent {
	header(name: string): string | undefined;
	query(name: string): string | undefined;
}

/** The first key there is: as OpenAI's, Azure's and Google's clients send theirs. */
export function readSecret(request: Sent): string | undefined {
	const bearer = /^Bearer\s+(\S+)$/i.exec(request.header("authorization") ?? "")?.[1];
	if (bearer?.startsWith(OURS)) return bearer;
	const header =
		request.header("x-api-key") ?? request.header("ocp-apim-subscription-key") ?? request.header("x-goog-api-key");
	return header ?? request.query("key") ?? bearer;
}

/** Of the connection: headers about it may be made up. */
function addressOf(c: Context): string {
	const { incoming, remoteAddress } = (c.env ?? {}) as { incoming?: IncomingMessage; remoteAddress?: string };
	return remoteAddress ?? incoming?.socket.remoteAddress ?? "none";
}
