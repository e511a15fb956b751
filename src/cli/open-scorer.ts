/**
 * Wires models, tokenizers and remote services to the scorer that policies ask for. What no policy needs is not opened.
 */
import { join } from "node:path";
import type { Config } from "../config.ts";
import { isConverted } from "../convert/index.ts";
import { openModel } from "../engine/index.ts";
import { isSluiceError, SluiceError } from "../errors.ts";
import {
	createCascadeScorer,
	createHeadScorer,
	createHeadStreams,
	createRemoteScorer,
	createScorerSet,
	createYesNoScorer,
	leavesOf,
	type MemberName,
	memberOf,
	missingMember,
	neededMembers,
	type RemoteScorerOptions,
	readHeadsFile,
	type Scorer,
	type ScorerMembers,
} from "../scorers/index.ts";
import { loadTokenizer } from "../tokenizer/index.ts";
import type { Policy } from "../types.ts";

/** Opens one member; undefined where the settings name none. */
type Opener = (config: Config) => (() => Promise<Scorer>) | undefined;

const OPENERS: { readonly [N in MemberName]: Opener } = {
	head: (config) => () => openHeads(config),
	"yes-no:online": (config) => openYesNo(config, config.modelOnline),
	"yes-no:offline": (config) => openYesNo(config, config.modelOffline),
	"remote:openai": (config) => {
		const { openaiApiKey: apiKey, openaiBaseUrl: baseUrl } = config;
		const named = apiKey !== undefined || baseUrl !== "https://api.openai.com";
		return named ? openRemote(config, { service: "openai", baseUrl, apiKey }) : undefined;
	},
	"remote:google": (config) => {
		const { googleApiKey: apiKey, googleBaseUrl: baseUrl } = config;
		const named = apiKey !== undefined || baseUrl !== "https://language.googleapis.com";
		return named ? openRemote(config, { service: "google", baseUrl, apiKey }) : undefined;
	},
	"remote:guard": (config) => {
		const { guardBaseUrl: baseUrl, guardModel: model, guardFormat: format, guardApiKey: apiKey } = config;
		if (baseUrl === undefined || model === undefined) return undefined;
		const windowCharacters = config.guardWindowCharacters;
		return openRemote(config, { service: "guard", baseUrl, model, format, apiKey, windowCharacters });
	},
};

/**
 * The scorer for policies, cascades included. Throws `invalid_policy` before anything is opened where a policy needs what the
 * settings do not name; where one part cannot be opened, those that could are closed.
 */
export async function openScorer(config: Config, policies: readonly Policy[]): Promise<Scorer> {
	const opening = [...neededMembers(policies)].map((name) => ({ name, open: OPENERS[name](config) }));
	const missing = new Set(opening.filter(({ open }) => open === undefined).map(({ name }) => name));
	for (const policy of policies)
		for (const spec of leavesOf(policy)) if (missing.has(memberOf(spec))) throw missingMember(policy.id, spec);
	const opened = await Promise.allSettled(opening.map(async ({ name, open }) => [name, await open!()] as const));
	const members = opened.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
	const failed = opened.find((result) => result.status === "rejected");
	if (failed !== undefined) {
		await Promise.all(members.map(([, scorer]) => scorer.close()));
		throw failed.reason;
	}
	const set = createScorerSet(Object.fromEntries(members) as ScorerMembers);
	return policies.some(({ scorer }) => scorer.kind === "cascade") ? createCascadeScorer(set) : set;
}

async function openHeads(config: Config): Promise<Scorer> {
	const { weights, threads, maxQueue, cacheDir, maxCharacters } = config;
	const opening = openModel(config.model, { weights, threads, maxQueue, cacheDir });
	const parts = Promise.all([loadTokenizer(join(config.model, "tokenizer.json")), readHeadsFile(config.model)]);
	parts.catch(() => {}); // thrown once the model is open and can be closed, unless that fails first
	return closingOnFailure(opening, async (model) => {
		const [tokenizer, heads] = await parts;
		const scorer = createHeadScorer({ model, tokenizer, heads, maxCharacters });
		return tokenizer.independentWords ? { ...scorer, streams: createHeadStreams({ model, tokenizer, heads }) } : scorer;
	});
}

function openYesNo(config: Config, directory: string | undefined): (() => Promise<Scorer>) | undefined {
	if (directory === undefined) return undefined;
	return async () => {
		const { maxQueue, cacheDir, maxCharacters, executionProvider: provider } = config;
		const tokenizer = await loadTokenizer(join(directory, "tokenizer.json"));
		const weights = isConverted(directory) ? undefined : config.weights;
		const opening = openModel(directory, { weights, maxQueue, cacheDir, provider }).catch(namingProvider);
		return closingOnFailure(opening, async (model) => createYesNoScorer({ model, tokenizer, maxCharacters }));
	};
}

/** The engine knows the execution provider as an option; people know it as a setting. */
function namingProvider(error: unknown): never {
	if (!isSluiceError(error) || error.pointer !== "/provider") throw error;
	throw new SluiceError("invalid_config", { detail: `SLUICE_EXECUTION_PROVIDER: ${error.detail}`, cause: error });
}

function openRemote(
	{ maxCharacters, remoteTimeoutMs }: Config,
	options: RemoteScorerOptions,
): (() => Promise<Scorer>) | undefined {
	return async () => createRemoteScorer({ ...options, maxCharacters, timeoutMs: remoteTimeoutMs });
}

/** What `make` makes of a model; the model is closed where it cannot. */
async function closingOnFailure<M extends { close(): Promise<void> }>(
	opening: Promise<M>,
	make: (model: M) => Promise<Scorer>,
): Promise<Scorer> {
	const model = await opening;
	try {
		return await make(model);
	} catch (error) {
		await model.close();
		throw error;
	}
}
