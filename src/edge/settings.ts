/**
 * What an edge is given: Cloudflare's bindings, checked once per isolate. Types of the bindings are the parts of them that are
 * used, so that tests can put anything behind them. https://developers.cloudflare.com/workers/runtime-apis/bindings/
 */
import { z } from "zod";
import { SluiceError } from "../errors.ts";
import type { LinesMessage } from "./lines-message.ts";

/** A Cloudflare Queue to send to. */
export interface LinesQueue {
	send(message: LinesMessage, options?: { contentType: "json" }): Promise<unknown>;
}

/** Workers KV: values by name. */
export interface KeyNamespace {
	get(name: string, options?: { cacheTtl?: number }): Promise<string | null>;
}

/** The variables and bindings of wrangler.toml. */
export interface EdgeEnv {
	/** Address of the gateway behind. */
	readonly SLUICE_ORIGIN?: string;
	/** A secret that the origin knows as SLUICE_EDGE_SECRET. */
	readonly SLUICE_EDGE_SECRET?: string;
	/** Keys as `sluice keys export` prints them, a secret too: fine for a dozen. */
	readonly SLUICE_KEYS?: string;
	/** Any number of keys, by the SHA-256 of their secrets in hexadecimal digits. */
	readonly KEYS?: KeyNamespace;
	readonly SLUICE_REQUIRE_KEYS?: string;
	readonly SLUICE_CACHE_SECONDS?: string;
	readonly SLUICE_ON_FAILURE?: string;
	readonly SLUICE_MAX_BODY_BYTES?: string;
	readonly SLUICE_MAX_INPUTS?: string;
	readonly SLUICE_DEADLINE_MS?: string;
	readonly SLUICE_RETRY_SECONDS?: string;
	readonly LINES?: LinesQueue;
}

/** What happens to a text while the origin cannot judge it: the request fails, or the text gets this action. */
export type OnFailure = "refuse" | "block" | "flag" | "allow";

/** {@link EdgeEnv}, checked. */
export interface EdgeSettings {
	/** No trailing slash. */
	readonly origin: string;
	/** The first one of those given. */
	readonly secret: string;
	readonly requireKeys: boolean;
	/** How long a verdict is remembered; never where 0. */
	readonly cacheSeconds: number;
	readonly onFailure: OnFailure;
	readonly limits: { readonly maxBodyBytes: number; readonly maxInputs: number; readonly deadlineMs: number };
	/** Before lines that the origin did not take are sent again the first time; then twice that, up to ten minutes. */
	readonly retrySeconds: number;
}

const whole = (from: number, to: number, fallback: number): z.ZodType<number> =>
	z
		.string({ error: `must be a whole number from ${from} to ${to}` })
		.default(String(fallback))
		.transform(Number)
		.refine((n) => Number.isInteger(n) && n >= from && n <= to, `must be a whole number from ${from} to ${to}`);

const SettingsSchema = z.object({
	SLUICE_ORIGIN: z
		.string({ error: "must be set to the gateway's address" })
		.refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? "") && !/[@?#\s]/.test(text), {
			error: "must be an http or https address without user name, query and fragment",
		})
		.transform((url) => url.replace(/\/+$/, "")),
	SLUICE_EDGE_SECRET: z
		.string({ error: "must be set: wrangler secret put SLUICE_EDGE_SECRET" })
		.refine((text) => text.split(",").every((secret) => secret.trim().length >= 32), {
			error: "must have at least 32 characters",
		})
		.transform((text) => text.split(",")[0]!.trim()),
	SLUICE_REQUIRE_KEYS: z.enum(["0", "1"], { error: "must be 0 or 1" }).default("1"),
	SLUICE_CACHE_SECONDS: whole(0, 86_400, 0),
	SLUICE_ON_FAILURE: z
		.enum(["refuse", "block", "flag", "allow"], { error: "must be one of refuse, block, flag, allow" })
		.default("refuse"),
	SLUICE_MAX_BODY_BYTES: whole(1024, 100_000_000, 1_048_576),
	SLUICE_MAX_INPUTS: whole(1, 100_000, 1024),
	SLUICE_DEADLINE_MS: whole(1, 600_000, 30_000),
	SLUICE_RETRY_SECONDS: whole(0, 600, 5),
});

const BINDINGS: Readonly<Record<keyof EdgeEnv, true>> = {
	SLUICE_ORIGIN: true,
	SLUICE_EDGE_SECRET: true,
	SLUICE_KEYS: true,
	KEYS: true,
	SLUICE_REQUIRE_KEYS: true,
	SLUICE_ON_FAILURE: true,
	SLUICE_CACHE_SECONDS: true,
	SLUICE_MAX_BODY_BYTES: true,
	SLUICE_MAX_INPUTS: true,
	SLUICE_DEADLINE_MS: true,
	LINES: true,
	SLUICE_RETRY_SECONDS: true,
};

/** Names of the variables and bindings, in the order of docs/edge.md. */
export const EDGE_BINDINGS: readonly string[] = Object.keys(BINDINGS);

/** Throws `invalid_config` naming the variable and the fix; values appear in no message. */
export function readSettings(env: EdgeEnv): EdgeSettings {
	const unknown = Object.keys(env).find((name) => name.startsWith("SLUICE_") && !EDGE_BINDINGS.includes(name));
	if (unknown !== undefined)
		throw new SluiceError("invalid_config", {
			detail: `${unknown} is no variable of an edge; docs/edge.md lists them`,
		});
	const parsed = SettingsSchema.safeParse(env);
	if (!parsed.success) {
		const { path, message } = parsed.error.issues[0]!;
		throw new SluiceError("invalid_config", { detail: `${path.join(".")} ${message}` });
	}
	const of = parsed.data;
	return {
		origin: of.SLUICE_ORIGIN,
		secret: of.SLUICE_EDGE_SECRET,
		requireKeys: of.SLUICE_REQUIRE_KEYS === "1",
		cacheSeconds: of.SLUICE_CACHE_SECONDS,
		onFailure: of.SLUICE_ON_FAILURE,
		limits: {
			maxBodyBytes: of.SLUICE_MAX_BODY_BYTES,
			maxInputs: of.SLUICE_MAX_INPUTS,
			deadlineMs: of.SLUICE_DEADLINE_MS,
		},
		retrySeconds: of.SLUICE_RETRY_SECONDS,
	};
}
