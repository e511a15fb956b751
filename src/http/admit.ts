/**
 * Who may ask for what: the key of a request, its scope against the route's, its limits. Keys come where each protocol's clients
 * put them, and appear in no log line: one in a query neither, since paths are logged as patterns.
 */
import type { IncomingMessage } from "node:http";
import type { Context } from "hono";
import { SluiceError } from "../errors.ts";
import type { Access } from "./access.ts";
import { toCaller } from "./caller.ts";
import type { HttpEnv } from "./route.ts";
import { scopeOf } from "./scopes.ts";

/** How keys of ours begin. */
const OURS = "sluice_";

/** What is asked for. */
interface Asked {
	readonly path: string;
	readonly method: string;
	/** Another gateway answers, which checks the key again and counts the request. */
	readonly isPassedOn?: boolean | undefined;
}

/** Lets a request to a route in, and says whose it is; throws `unauthorized`, `forbidden` or `rate_limited`. */
export async function admit(
	c: Context<HttpEnv>,
	{ keys, limits, isRequired }: Access,
	{ isPassedOn = false, ...route }: Asked,
): Promise<void> {
	const scope = scopeOf(route);
	if (scope === "public") return;
	const secret = readSecret(c);
	const key = secret === undefined ? undefined : keys.find(secret);
	if (key === undefined) {
		// clients send made-up keys where none is needed; one of ours that is over must not open more than it did
		if (!isRequired && !secret?.startsWith(OURS)) return;
		// right keys go on: behind a proxy everybody has the same address
		if (secret !== undefined) await limits.countWrongKey(addressOf(c));
		c.header("www-authenticate", "Bearer");
		const detail =
			secret === undefined ? "send a key: authorization: Bearer sluice_..." : "the key is not accepted here";
		throw new SluiceError("unauthorized", { detail });
	}
	const caller = toCaller(key);
	c.set("caller", caller);
	c.set("tenant", caller.tenant);
	if (!caller.scopes.includes(scope))
		throw new SluiceError("forbidden", { detail: `this key lacks the scope ${scope}, which the route asks for` });
	if (!isPassedOn) await limits.countRequest(c, caller);
}

/** Counts what a request wants judged against its key's limit; throws `rate_limited`. */
export async function countCharacters(
	c: Context<HttpEnv>,
	{ access }: { readonly access?: Access | undefined },
	characters: number,
): Promise<void> {
	const { caller } = c.var;
	if (access !== undefined && caller !== undefined) await access.limits.countCharacters(c, caller, characters);
}

/** The first key there is: as OpenAI's, Azure's and Google's clients send theirs. */
function readSecret(c: Context): string | undefined {
	const bearer = /^Bearer\s+(\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1];
	const header =
		c.req.header("x-api-key") ?? c.req.header("ocp-apim-subscription-key") ?? c.req.header("x-goog-api-key");
	return bearer?.startsWith(OURS) ? bearer : (header ?? c.req.query("key") ?? bearer);
}

/** Of the connection: headers about it may be made up. */
function addressOf(c: Context): string {
	const { incoming } = (c.env ?? {}) as { incoming?: IncomingMessage };
	return incoming?.socket.remoteAddress ?? "none";
}
