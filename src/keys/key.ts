/**
 * What an API key is: who it belongs to, what it opens, how much it may ask, which policies judge for it. Only the hash of its
 * secret is ever kept; the secret has 192 random bits, so a plain SHA-256 cannot be guessed back.
 */
import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Grant } from "../types.ts";

/** What keys open: judging texts, files and batches, guarded answers of models, reading decisions, changing policies. */
export const SCOPES = ["moderate", "batch", "guard", "review", "admin"] as const;

/** One of {@link SCOPES}. */
export type Scope = (typeof SCOPES)[number];

const name = z.string().regex(/^[\w .@:/-]{1,100}$/, "must be 1 to 100 letters, digits, spaces or .@:/-");
const policyId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "must be a policy's id");
const share = z.number().min(0).max(1);
const rate = z.int().positive().max(1e12);

/** Checks a grant. */
export const GrantSchema: z.ZodType<Grant> = z.strictObject({
	policies: z.array(policyId).min(1).max(256).optional(),
	thresholds: z.record(policyId, z.strictObject({ flag: share.optional(), block: share.optional() })).optional(),
});

/** What a key may ask per minute; without limit where null. */
export interface KeyLimits {
	readonly requestsPerMinute: number | null;
	/** UTF-16 code units of judged text. */
	readonly charactersPerMinute: number | null;
}

/** A key without its secret. */
export interface Key {
	readonly id: string;
	/** For people. */
	readonly name: string;
	/** Whose files and batches. */
	readonly tenant: string;
	readonly scopes: readonly Scope[];
	/** Milliseconds since 1970; never where null. */
	readonly expiresMs: number | null;
	readonly grant: Grant;
	readonly limits: KeyLimits;
	readonly createdMs: number;
	readonly revokedMs: number | null;
}

/** What a key is made from. */
export type NewKey = Omit<Key, "id" | "createdMs" | "revokedMs">;

/** Checks a key from outside; the wire's names are those of the keys file. */
export const KeySchema: z.ZodType<Key> = z.strictObject({
	id: z.string().regex(/^key_[0-9a-f]{16}$/),
	name,
	tenant: z.string().regex(/^[\w.@:-]{1,64}$/, "must be 1 to 64 letters, digits or .@:-"),
	scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
	expiresMs: z.int().nullable(),
	grant: GrantSchema,
	limits: z.strictObject({ requestsPerMinute: rate.nullable(), charactersPerMinute: rate.nullable() }),
	createdMs: z.int(),
	revokedMs: z.int().nullable(),
});

const SECRET = /^sluice_[0-9a-f]{48}$/;

/** A new id and secret; the secret is shown once and kept nowhere. */
export function createSecret(): { readonly id: string; readonly secret: string } {
	return { id: `key_${randomBytes(8).toString("hex")}`, secret: `sluice_${randomBytes(24).toString("hex")}` };
}

/** Whether a text has the form of a secret of ours. */
export function isSecret(text: string): boolean {
	return SECRET.test(text);
}

/** SHA-256 of a secret. */
export function hashSecret(secret: string): Buffer {
	return Buffer.from(hash("sha256", secret, "binary"), "binary"); // a third of the time of "buffer"
}

/** Compares hashes in the same time wherever they differ. */
export function isSameHash(a: Uint8Array, b: Uint8Array): boolean {
	return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

/** Whether a key opens anything at this time. */
export function isInForce({ revokedMs, expiresMs }: Pick<Key, "revokedMs" | "expiresMs">, nowMs: number): boolean {
	return revokedMs === null && (expiresMs === null || nowMs < expiresMs);
}
