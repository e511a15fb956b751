/**
 * Settings from the environment and command-line flags, checked once at the start. The only reader of process.env.
 * An invalid value names its variable or flag and the fix. Knows nothing of what the settings are used for.
 */
import { findPackageJSON } from "node:module";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { SluiceError } from "./errors.ts";

/** Every setting, parsed. Paths are absolute; times are milliseconds; `undefined` leaves the choice to the part concerned. */
export interface Config {
	readonly host: string;
	readonly port: number;
	/** Listening on a non-loopback address without API keys is wanted. */
	readonly allowPublic: boolean;
	readonly model: string;
	readonly policies: string;
	readonly cacheDir: string | undefined;
	/** Inference threads. */
	readonly threads: number;
	readonly weights: "f32" | "q8" | "q4";
	/** Texts waiting for the model before calls are refused as `overloaded`. */
	readonly maxQueue: number | undefined;
	/** Longest text in UTF-16 code units. */
	readonly maxCharacters: number;
	readonly maxBodyBytes: number;
	/** Texts in one request. */
	readonly maxInputs: number;
	/** Deadline of a request that names none. */
	readonly deadlineMs: number;
	readonly logLevel: LogLevel;
}

/** From silent to chatty; pino's names. */
export type LogLevel = "silent" | "fatal" | "error" | "warn" | "info" | "debug" | "trace";

interface Setting {
	readonly variable: string;
	readonly schema: z.ZodType<unknown, string>;
	readonly fallback: string | undefined;
	/** Completes "VARIABLE must be …". */
	readonly rule: string;
}

const packageFile = findPackageJSON(import.meta.url);
const packageRoot = packageFile === undefined ? "." : dirname(packageFile);

const integer = (variable: string, of: { from: number; to: number; fallback?: number }): Setting => ({
	variable,
	schema: z
		.string()
		.regex(/^\d{1,15}$/)
		.transform(Number)
		.refine((n) => n >= of.from && n <= of.to),
	fallback: of.fallback?.toString(),
	rule: `a whole number from ${of.from} to ${of.to}`,
});
const choice = (variable: string, values: readonly [string, ...string[]], fallback: string): Setting => ({
	variable,
	schema: z.enum(values),
	fallback,
	rule: `one of ${values.join(", ")}`,
});
const path = (variable: string, fallback?: string): Setting => ({
	variable,
	schema: z.string().transform((p) => resolve(p)),
	fallback,
	rule: "a path",
});

const SETTINGS: { readonly [K in keyof Config]: Setting } = {
	host: {
		variable: "HOST",
		schema: z.string().regex(/^[A-Za-z0-9._:-]+$/),
		fallback: "127.0.0.1",
		rule: "a host name or an IP address",
	},
	port: integer("PORT", { from: 0, to: 65535, fallback: 8080 }),
	allowPublic: {
		variable: "SLUICE_ALLOW_PUBLIC",
		schema: z.enum(["0", "1"]).transform((v) => v === "1"),
		fallback: "0",
		rule: "0 or 1",
	},
	model: path("SLUICE_MODEL", join(packageRoot, "models", "sluice-guard")),
	policies: path("SLUICE_POLICIES", join(packageRoot, "policies")),
	cacheDir: path("SLUICE_CACHE_DIR"),
	threads: integer("SLUICE_THREADS", { from: 1, to: 64, fallback: 2 }),
	weights: choice("SLUICE_WEIGHTS", ["f32", "q8", "q4"], "q8"),
	maxQueue: integer("SLUICE_MAX_QUEUE", { from: 1, to: 1_000_000 }),
	maxCharacters: integer("SLUICE_MAX_CHARACTERS", { from: 1, to: 10_000_000, fallback: 200_000 }),
	maxBodyBytes: integer("SLUICE_MAX_BODY_BYTES", { from: 1024, to: 1_073_741_824, fallback: 2_097_152 }),
	maxInputs: integer("SLUICE_MAX_INPUTS", { from: 1, to: 100_000, fallback: 1024 }),
	deadlineMs: integer("SLUICE_DEADLINE_MS", { from: 1, to: 600_000, fallback: 30_000 }),
	logLevel: choice("SLUICE_LOG_LEVEL", ["silent", "fatal", "error", "warn", "info", "debug", "trace"], "info"),
};

/** The variables Sluice reads, in the order of {@link Config}. */
export const VARIABLES: readonly string[] = Object.values(SETTINGS).map((setting) => setting.variable);

/**
 * Reads all settings; a flag wins over the environment, an empty value counts as not set.
 * Throws `invalid_config` naming the variable or flag, what it must be and what it is; an unknown SLUICE_ variable is an error too.
 */
export function readConfig(
	flags: Readonly<Partial<Record<keyof Config, string | undefined>>> = {},
	env: Readonly<Record<string, string | undefined>> = process.env,
): Config {
	for (const name of Object.keys(env)) {
		if (name.startsWith("SLUICE_") && !VARIABLES.includes(name))
			throw new SluiceError("invalid_config", {
				detail: `${name} is not a setting; the settings are ${VARIABLES.join(", ")}`,
			});
	}
	const config: Record<string, unknown> = {};
	for (const [key, setting] of Object.entries(SETTINGS)) {
		const flag = flags[key as keyof Config];
		const value = flag ?? (env[setting.variable] || setting.fallback);
		if (value === undefined) continue;
		const parsed = setting.schema.safeParse(value);
		if (!parsed.success) {
			const name =
				flag === undefined ? setting.variable : `--${key.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`;
			throw new SluiceError("invalid_config", {
				detail: `${name} must be ${setting.rule}; it is ${JSON.stringify(value)}`,
			});
		}
		config[key] = parsed.data;
	}
	return config as unknown as Config;
}

/** Throws `invalid_config` when the address is reachable from other machines and nobody said that is wanted: there are no API keys. */
export function checkListenAddress(config: Pick<Config, "host" | "allowPublic">): void {
	if (config.allowPublic || isLoopback(config.host)) return;
	throw new SluiceError("invalid_config", {
		detail:
			`HOST=${config.host} can be reached from other machines, and this service has no API keys: ` +
			"listen on 127.0.0.1, or set SLUICE_ALLOW_PUBLIC=1 if something in front of it controls access",
	});
}

function isLoopback(host: string): boolean {
	return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
