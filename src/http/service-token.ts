/**
 * Tokens by which a process in front says to the one behind that a request was let in, and whose it is: signed with a secret
 * that both know, for one method and path, for half a minute. So keys stay in front, and the process behind need not know them.
 * Form: `v1.<claims>.<HMAC-SHA256 of all before>`, both base64url.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "@hono/zod-openapi";
import { SluiceError } from "../errors.ts";
import { KeySchema } from "../keys/index.ts";
import { type Caller, toCaller } from "./caller.ts";

/** Where the token is in a request. */
export const SERVICE_TOKEN_HEADER = "x-sluice-service-token";

/** What a token is good for. */
export interface ServiceRequest {
	readonly method: string;
	/** With the query, as it is sent. */
	readonly path: string;
}

const VERSION = "v1";
const LIFETIME_MS = 30_000;
/** Clocks of two machines may differ by this much. */
const SKEW_MS = 30_000;
const MOST_CHARACTERS = 16_384;

const ClaimsSchema = z.strictObject({
	iat: z.int(),
	exp: z.int(),
	method: z.string(),
	path: z.string(),
	caller: z.record(z.string(), z.unknown()).nullable(),
});

/** A token for a request of `caller`, or of nobody in particular; `nowMs` is Unix time. */
export function signServiceToken(
	secret: string,
	{ method, path }: ServiceRequest,
	of: { readonly caller: Caller | undefined; readonly nowMs: number },
): string {
	const claims = { iat: of.nowMs, exp: of.nowMs + LIFETIME_MS, method, path, caller: of.caller ?? null };
	const body = `${VERSION}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
	return `${body}.${sign(secret, body).toString("base64url")}`;
}

/** Checks tokens. */
export interface ServiceTokens {
	/** Whose request it is, nobody's in particular where undefined; throws `unauthorized` for any other token. */
	verify(token: string, request: ServiceRequest): Caller | undefined;
}

/** Takes tokens signed with any of the secrets: during a change of secrets both are in use. */
export function createServiceTokens(secrets: readonly string[], now: () => number = Date.now): ServiceTokens {
	return {
		verify(token, { method, path }) {
			const claims = token.length > MOST_CHARACTERS ? undefined : readSigned(token, secrets);
			if (claims === undefined) throw refuse("is not signed with the secret of this process (SLUICE_EDGE_SECRET)");
			if (claims.method !== method || claims.path !== path) throw refuse("is for another request");
			if (now() >= claims.exp + SKEW_MS) throw refuse("has expired; compare the clocks of both machines");
			if (now() < claims.iat - SKEW_MS) throw refuse("is from the future; compare the clocks of both machines");
			return claims.caller === null ? undefined : readCaller(claims.caller);
		},
	};
}

function refuse(what: string): SluiceError {
	return new SluiceError("unauthorized", { detail: `the service token ${what}` });
}

function readSigned(token: string, secrets: readonly string[]): z.infer<typeof ClaimsSchema> | undefined {
	const [version, claims = "", mac = "", ...more] = token.split(".");
	if (version !== VERSION || more.length > 0) return undefined;
	const given = Buffer.from(mac, "base64url");
	const isOurs = secrets.map((secret) => isSame(sign(secret, `${version}.${claims}`), given)).includes(true);
	if (!isOurs) return undefined;
	try {
		return ClaimsSchema.parse(JSON.parse(Buffer.from(claims, "base64url").toString()));
	} catch {
		return undefined; // signed by another version
	}
}

function readCaller({ keyId, ...rest }: Readonly<Record<string, unknown>>): Caller {
	const parsed = KeySchema.safeParse({
		...{ ...rest, id: keyId, name: "in front" },
		...{ expiresMs: null, createdMs: 0, revokedMs: null },
	});
	if (!parsed.success) throw refuse("says nothing valid of the caller; both processes must be of one version");
	return toCaller(parsed.data);
}

function sign(secret: string, text: string): Buffer {
	return createHmac("sha256", secret).update(text).digest();
}

function isSame(a: Buffer, b: Buffer): boolean {
	return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
