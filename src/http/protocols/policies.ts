/**
 * Policies on the wire: ETags that are hashes of their files' texts, and the text as it is in the file. Field names inside a
 * policy are the file's.
 */
import { z } from "@hono/zod-openapi";
import { SluiceError } from "../../errors.ts";
import type { LivePolicy, PolicyVersion, Precondition } from "../../policies/index.ts";

/** Largest text of a policy that is taken, in bytes. */
export const LARGEST_POLICY_BYTES = 262_144;
/** ETags of one header that are looked at. */
const MOST_TAGS = 16;

/** A policy in a list. */
export interface WirePolicy {
	id: string;
	object: "policy";
	title: string;
	version: number;
	hash: string;
	active: boolean;
}

/** A policy with its text. */
export interface WirePolicyText extends WirePolicy {
	text: string;
}

/** A text that a policy has or had. */
export interface WireVersion {
	version: number;
	hash: string;
	kept_at: number | null;
	current: boolean;
}

const fields = {
	id: z.string(),
	object: z.literal("policy"),
	title: z.string(),
	version: z.int().openapi({ description: "Counts the texts that it had under this id, from 1" }),
	hash: z.string().openapi({ description: "SHA-256 of the file's text; in quotation marks, the ETag" }),
	active: z.boolean().openapi({
		description:
			"Whether texts are judged by it already: a gateway goes over when it has workers with the same policies",
	}),
};

/** Documents {@link WirePolicy}. */
export const PolicyItemSchema: z.ZodType<WirePolicy> = z.object(fields).openapi("Policy");
/** Documents {@link WirePolicyText}. */
export const PolicyTextSchema: z.ZodType<WirePolicyText> = z
	.object({ ...fields, text: z.string().openapi({ description: "The file, in YAML" }) })
	.openapi("PolicyText");
/** Documents {@link WireVersion}. */
export const PolicyVersionSchema: z.ZodType<WireVersion> = z
	.object({
		version: z.int(),
		hash: z.string(),
		kept_at: z.int().nullable().openapi({ description: "Unix seconds; null for a text that is in the file only" }),
		current: z.boolean(),
	})
	.openapi("PolicyVersion");

/** Body of a rollback. */
export const RollbackSchema: z.ZodType<{ version: number }> = z
	.strictObject({ version: z.int().min(1).openapi({ description: "The version whose text the policy gets again" }) })
	.openapi("PolicyRollback");

/** A policy in the service's words. */
export function toWirePolicy({ file, version, active }: LivePolicy): WirePolicy {
	const { id, title } = file.policy;
	return { id, object: "policy", title, version, hash: file.hash, active };
}

/** With its text. */
export function toWirePolicyText(policy: LivePolicy): WirePolicyText {
	return { ...toWirePolicy(policy), text: policy.file.text };
}

/** A version in the service's words; `current` is the hash that the policy has now. */
export function toWireVersion({ version, hash, keptMs }: PolicyVersion, index: number): WireVersion {
	return { version, hash, kept_at: keptMs === undefined ? null : Math.floor(keptMs / 1000), current: index === 0 };
}

/** The ETag of a text with this hash. */
export function toETag(hash: string): string {
	return `"${hash}"`;
}

/** If-Match and If-None-Match. Throws `invalid_request` for what is neither `*` nor a list of ETags. */
export function parsePrecondition(ifMatch: string | undefined, ifNoneMatch: string | undefined): Precondition {
	if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== "*")
		throw new SluiceError("invalid_request", { detail: "the header if-none-match can only be * here" });
	return { match: ifMatch === undefined ? undefined : parseTags(ifMatch), isNew: ifNoneMatch !== undefined };
}

function parseTags(header: string): string[] {
	if (header.trim() === "*") return ["*"];
	return header
		.split(",", MOST_TAGS)
		.map((tag) => tag.trim())
		.map((tag) => {
			const hash = /^"([\x21\x23-\x7e]*)"$/.exec(tag)?.[1];
			if (hash !== undefined) return hash;
			throw new SluiceError("invalid_request", {
				detail: "the header if-match must be * or a list of strong ETags, as GET answers with",
			});
		});
}
