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
	/** Keys in a file, beside those in the data directory. */
	readonly keysFile: string | undefined;
	/** Requests without a key are refused, on this machine too. */
	readonly requireKeys: boolean;
	/** What an edge signs its requests with: one or, while it is being changed, two; no edge is served where undefined. */
	readonly edgeSecrets: readonly string[] | undefined;
	readonly model: string;
	/** Model that answers Yes or No for policies that ask the online one; none where undefined. */
	readonly modelOnline: string | undefined;
	/** The same for policies that ask the offline one. */
	readonly modelOffline: string | undefined;
	readonly policies: string;
	/** Changes in that directory are used at once. */
	readonly policiesWatch: boolean;
	readonly cacheDir: string | undefined;
	/** Inference threads. */
	readonly threads: number;
	readonly weights: "f32" | "q8" | "q4";
	/** What runs the online and the offline model; the classifier runs on the CPU always. */
	readonly executionProvider: "cpu" | "cuda" | "webgpu" | "coreml" | "dml";
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
	/** Where metrics are read, on a port of their own; undefined leaves them on the service's, for this machine alone. */
	readonly metricsPort: number | undefined;
	readonly metricsHost: string;
	/** Where models are pulled from; no trailing slash. */
	readonly hfEndpoint: string;
	/** Sent to that endpoint only; never shown. */
	readonly hfToken: string | undefined;
	/** OpenAI's moderation API or a server that speaks it; addresses have no trailing slash. */
	readonly openaiBaseUrl: string;
	/** Keys are sent to their own service only; never shown. */
	readonly openaiApiKey: string | undefined;
	/** Google's Cloud Natural Language API. */
	readonly googleBaseUrl: string;
	readonly googleApiKey: string | undefined;
	/** A guard model behind an OpenAI-compatible chat endpoint; none where undefined. */
	readonly guardBaseUrl: string | undefined;
	/** The name that server knows the model by. */
	readonly guardModel: string | undefined;
	readonly guardFormat: "llama-guard" | "qwen3guard";
	readonly guardApiKey: string | undefined;
	/** UTF-16 code units in one request to the guard model. */
	readonly guardWindowCharacters: number;
	/** One attempt at asking a remote service. */
	readonly remoteTimeoutMs: number;
	/** Redis that gateways and workers share; it may hold a password and is never shown. */
	readonly redisUrl: string | undefined;
	/** Where records of files and batches are kept, and their queue where there is no Redis; none where undefined. */
	readonly dataDir: string | undefined;
	/** The gateway that owns the records, for gateways that do not; no trailing slash. */
	readonly recordsUrl: string | undefined;
	/** Jobs that a worker judges at once. */
	readonly concurrency: number;
	/** How long a process that was told to stop still takes requests, while it says that it is not ready. */
	readonly drainMs: number;
	/** Who is told that a batch is over. */
	readonly webhookUrl: string | undefined;
	readonly webhookSecret: string | undefined;
	/** The webhook may be on a private network, and speak http. */
	readonly webhookAllowPrivate: boolean;
	/** An OpenAI-compatible server that answers chats, with its version in the path; none where undefined. */
	readonly upstreamBaseUrl: string | undefined;
	/** Sent to that server only; never shown. */
	readonly upstreamApiKey: string | undefined;
	/** The caller's own key is sent to the upstream. */
	readonly upstreamPassKey: boolean;
	/** Longest silence of the upstream. */
	readonly upstreamTimeoutMs: number;
	/** Directory of a local model that answers chats, under the directory's name. */
	readonly chatModel: string | undefined;
	/** Tokens of a local answer whose request names no number. */
	readonly chatMaxTokens: number;
	readonly chatMode: "hold" | "lag" | "final";
	/** What happens to a text that cannot be judged. */
	readonly chatOnFailure: "block" | "flag" | "allow";
	/** How often a blocked local answer is taken back and drawn another way before it ends; never where 0. */
	readonly chatRewindTries: number;
	/** Judged tokens of such an answer that stay back, so that more can be taken back. */
	readonly chatHoldTokens: number;
	/** Tokens of it drawn beyond the judged ones. */
	readonly chatAheadTokens: number;
	/** Whether requests may ask for answers that are scored only. */
	readonly chatModeration: "block" | "request" | "score";
	/** Whose texts in a chat's request are judged. */
	readonly chatInputRoles: readonly ("system" | "user" | "tool" | "assistant")[];
	/** Silence in a streamed answer after which a comment is sent. */
	readonly chatHeartbeatMs: number;
	/** Where decisions are recorded; nowhere where undefined. */
	readonly auditDir: string | undefined;
	/** A decision that cannot be recorded goes out and is counted, or does not go out. */
	readonly auditOnFailure: "continue" | "block";
	/** Records hold the texts. */
	readonly auditContent: boolean;
	/** Days after which records are deleted; never where undefined. */
	readonly auditKeepDays: number | undefined;
	/** Policies that judge beside the live ones without acting; none where undefined. */
	readonly shadowPolicies: string | undefined;
	/** Classifier of the shadow policies, or of the live ones beside the live model; the live one where undefined. */
	readonly shadowModel: string | undefined;
	/** Share of the texts that the shadow judges, in percent. */
	readonly shadowPercent: number;
	/** Texts that wait for the shadow at most. */
	readonly shadowQueue: number;
}

/** From silent to chatty; pino's names. */
export type LogLevel = "silent" | "fatal" | "error" | "warn" | "info" | "debug" | "trace";

interface Setting {
	readonly variable: string;
	readonly schema: z.ZodType<unknown, string>;
	readonly fallback: string | undefined;
	/** Completes "VARIABLE must be …". */
	readonly rule: string;
	/** The value appears in no message. */
	readonly secret?: boolean;
	/** Where it is not made of the setting's name. */
	readonly flag?: string;
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
const endpoint = (variable: string, fallback?: string): Setting => ({
	variable,
	schema: z
		.string()
		.refine(isEndpoint)
		.transform((url) => url.replace(/\/+$/, "")),
	fallback,
	rule: "an http or https address without user name, query and fragment",
});
const secret = (variable: string, what: string): Setting => ({
	variable,
	schema: z
		.string()
		.trim()
		.regex(/^[\x21-\x7e]+$/),
	fallback: undefined,
	rule: `${what}: letters, digits and signs without spaces`,
	secret: true,
});
const yesNo = (variable: string): Setting => ({
	variable,
	schema: z.enum(["0", "1"]).transform((v) => v === "1"),
	fallback: "0",
	rule: "0 or 1",
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
	allowPublic: yesNo("SLUICE_ALLOW_PUBLIC"),
	keysFile: path("SLUICE_KEYS_FILE"),
	requireKeys: yesNo("SLUICE_REQUIRE_KEYS"),
	edgeSecrets: {
		variable: "SLUICE_EDGE_SECRET",
		schema: z
			.string()
			.trim()
			.regex(/^[\x21-\x2b\x2d-\x7e]{32,1000}(,[\x21-\x2b\x2d-\x7e]{32,1000})?$/)
			.transform((secrets) => secrets.split(",")),
		fallback: undefined,
		rule: "a secret of at least 32 letters, digits and signs, or two with a comma between while it is being changed",
		secret: true,
	},
	model: path("SLUICE_MODEL", join(packageRoot, "models", "sluice-guard")),
	modelOnline: path("SLUICE_MODEL_ONLINE"),
	modelOffline: path("SLUICE_MODEL_OFFLINE"),
	policies: path("SLUICE_POLICIES", join(packageRoot, "policies")),
	policiesWatch: { ...yesNo("SLUICE_POLICIES_WATCH"), fallback: "1" },
	cacheDir: path("SLUICE_CACHE_DIR"),
	threads: integer("SLUICE_THREADS", { from: 1, to: 64, fallback: 2 }),
	weights: choice("SLUICE_WEIGHTS", ["f32", "q8", "q4"], "q8"),
	executionProvider: choice("SLUICE_EXECUTION_PROVIDER", ["cpu", "cuda", "webgpu", "coreml", "dml"], "cpu"),
	maxQueue: integer("SLUICE_MAX_QUEUE", { from: 1, to: 1_000_000 }),
	maxCharacters: integer("SLUICE_MAX_CHARACTERS", { from: 1, to: 10_000_000, fallback: 200_000 }),
	maxBodyBytes: integer("SLUICE_MAX_BODY_BYTES", { from: 1024, to: 1_073_741_824, fallback: 2_097_152 }),
	maxInputs: integer("SLUICE_MAX_INPUTS", { from: 1, to: 100_000, fallback: 1024 }),
	deadlineMs: integer("SLUICE_DEADLINE_MS", { from: 1, to: 600_000, fallback: 30_000 }),
	logLevel: choice("SLUICE_LOG_LEVEL", ["silent", "fatal", "error", "warn", "info", "debug", "trace"], "info"),
	metricsPort: integer("SLUICE_METRICS_PORT", { from: 0, to: 65535 }),
	metricsHost: {
		variable: "SLUICE_METRICS_HOST",
		schema: z.string().regex(/^[A-Za-z0-9._:-]+$/),
		fallback: "127.0.0.1",
		rule: "a host name or an IP address",
	},
	hfEndpoint: endpoint("HF_ENDPOINT", "https://huggingface.co"),
	hfToken: secret("HF_TOKEN", "an access token of the hub"),
	openaiBaseUrl: endpoint("SLUICE_OPENAI_BASE_URL", "https://api.openai.com"),
	openaiApiKey: secret("SLUICE_OPENAI_API_KEY", "an API key"),
	googleBaseUrl: endpoint("SLUICE_GOOGLE_BASE_URL", "https://language.googleapis.com"),
	googleApiKey: secret("SLUICE_GOOGLE_API_KEY", "an API key"),
	guardBaseUrl: endpoint("SLUICE_GUARD_BASE_URL"),
	guardModel: {
		variable: "SLUICE_GUARD_MODEL",
		schema: z.string().regex(/^[\x21-\x7e]+$/),
		fallback: undefined,
		rule: "the name of a model: letters, digits and signs without spaces",
	},
	guardFormat: choice("SLUICE_GUARD_FORMAT", ["llama-guard", "qwen3guard"], "llama-guard"),
	guardApiKey: secret("SLUICE_GUARD_API_KEY", "an API key"),
	guardWindowCharacters: integer("SLUICE_GUARD_WINDOW_CHARACTERS", { from: 200, to: 1_000_000, fallback: 4000 }),
	remoteTimeoutMs: integer("SLUICE_REMOTE_TIMEOUT_MS", { from: 1, to: 600_000, fallback: 10_000 }),
	redisUrl: {
		variable: "SLUICE_REDIS_URL",
		schema: z.string().regex(/^rediss?:\/\/[\x21-\x7e]+$/),
		fallback: undefined,
		rule: "an address that begins with redis:// or rediss://",
		secret: true,
		flag: "--redis",
	},
	dataDir: { ...path("SLUICE_DATA_DIR"), flag: "--data" },
	recordsUrl: { ...endpoint("SLUICE_RECORDS_URL"), flag: "--records" },
	concurrency: integer("SLUICE_CONCURRENCY", { from: 1, to: 1000, fallback: 4 }),
	drainMs: integer("SLUICE_DRAIN_MS", { from: 0, to: 600_000, fallback: 0 }),
	webhookUrl: endpoint("SLUICE_WEBHOOK_URL"),
	webhookSecret: secret("SLUICE_WEBHOOK_SECRET", "whsec_ and 24 to 64 bytes in base64"),
	webhookAllowPrivate: yesNo("SLUICE_WEBHOOK_ALLOW_PRIVATE"),
	upstreamBaseUrl: endpoint("SLUICE_UPSTREAM_BASE_URL"),
	upstreamApiKey: secret("SLUICE_UPSTREAM_API_KEY", "an API key"),
	upstreamPassKey: yesNo("SLUICE_UPSTREAM_PASS_KEY"),
	upstreamTimeoutMs: integer("SLUICE_UPSTREAM_TIMEOUT_MS", { from: 1, to: 3_600_000, fallback: 120_000 }),
	chatModel: path("SLUICE_CHAT_MODEL"),
	chatMaxTokens: integer("SLUICE_CHAT_MAX_TOKENS", { from: 1, to: 1_000_000, fallback: 512 }),
	chatMode: choice("SLUICE_CHAT_MODE", ["hold", "lag", "final"], "hold"),
	chatRewindTries: integer("SLUICE_CHAT_REWIND_TRIES", { from: 0, to: 100, fallback: 4 }),
	chatHoldTokens: integer("SLUICE_CHAT_HOLD_TOKENS", { from: 0, to: 1000, fallback: 0 }),
	chatAheadTokens: integer("SLUICE_CHAT_AHEAD_TOKENS", { from: 1, to: 1000, fallback: 16 }),
	chatOnFailure: choice("SLUICE_CHAT_ON_FAILURE", ["block", "flag", "allow"], "block"),
	chatModeration: choice("SLUICE_CHAT_MODERATION", ["block", "request", "score"], "block"),
	chatInputRoles: {
		variable: "SLUICE_CHAT_INPUT_ROLES",
		schema: z
			.string()
			.transform((roles) => (roles === "none" ? [] : roles.split(",")))
			.pipe(z.array(z.enum(["system", "user", "tool", "assistant"]))),
		fallback: "system,user,tool",
		rule: "none, or some of system,user,tool,assistant",
	},
	chatHeartbeatMs: integer("SLUICE_CHAT_HEARTBEAT_MS", { from: 1, to: 600_000, fallback: 10_000 }),
	auditDir: { ...path("SLUICE_AUDIT_DIR"), flag: "--audit" },
	auditOnFailure: choice("SLUICE_AUDIT_ON_FAILURE", ["continue", "block"], "block"),
	auditContent: yesNo("SLUICE_AUDIT_CONTENT"),
	auditKeepDays: integer("SLUICE_AUDIT_KEEP_DAYS", { from: 1, to: 36_500 }),
	shadowPolicies: path("SLUICE_SHADOW_POLICIES"),
	shadowModel: path("SLUICE_SHADOW_MODEL"),
	shadowPercent: integer("SLUICE_SHADOW_PERCENT", { from: 1, to: 100, fallback: 100 }),
	shadowQueue: integer("SLUICE_SHADOW_QUEUE", { from: 1, to: 1_000_000, fallback: 1000 }),
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
				flag === undefined
					? setting.variable
					: (setting.flag ?? `--${key.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`);
			throw new SluiceError("invalid_config", {
				detail: `${name} must be ${setting.rule}${setting.secret ? "" : `; it is ${JSON.stringify(value)}`}`,
			});
		}
		config[key] = parsed.data;
	}
	return config as unknown as Config;
}

/** Throws `invalid_config` when the address is reachable from other machines, there are no API keys, and nobody said that is wanted. */
export function checkListenAddress(config: Pick<Config, "host" | "allowPublic">, hasKeys: boolean): void {
	if (config.allowPublic || hasKeys || isLoopback(config.host)) return;
	throw new SluiceError("invalid_config", {
		detail:
			`HOST=${config.host} can be reached from other machines, and this service has no API keys: ` +
			"make one with `sluice keys create`, listen on 127.0.0.1, or set SLUICE_ALLOW_PUBLIC=1 if something in front of it controls access",
	});
}

/** Whether requests need a key: where they are asked for, and where other machines reach the service and nothing in front controls access. */
export function needsKeys(config: Pick<Config, "host" | "allowPublic" | "requireKeys">): boolean {
	return config.requireKeys || !(config.allowPublic || isLoopback(config.host));
}

function isEndpoint(text: string): boolean {
	const url = URL.parse(text);
	return url !== null && /^https?:$/.test(url.protocol) && !/[@?#\s]/.test(text);
}

/** Whether only this machine can reach what listens on it. */
export function isLoopback(host: string): boolean {
	return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
