/**
 * Wires models, tokenizers and remote services to the scorer that policies ask for. What no policy needs is not opened.
 */
import { join } from "node:path";
import type { Config } from "../config.ts";
import { isConverted } from "../convert/index.ts";
import { type OpenOptions, openModel } from "../engine/index.ts";
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
type Opener = (config: Config, onRun: OnRun) => (() => Promise<Scorer>) | undefined;

const OPENERS: { readonly [N in MemberName]: Opener } = {
	head: (config, onRun) => () => openHeads(config, onRun),
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

/** Hears of every run of the classifier. */
type OnRun = OpenOptions["onRun"];

/** Models and services that are opened once, whichever policies ask for them. */
export interface ScorerPool {
	/**
	 * The scorer for policies, cascades included; it is closed with the pool. Throws `invalid_policy` before anything is opened
	 * where a policy needs what the settings do not name.
	 */
	scorerFor(policies: readonly Policy[]): Promise<Scorer>;
	/** Closes everything that was opened. */
	close(): Promise<void>;
}

/** Nothing is open yet. What was opened stays until the end, also where no policy asks for it any more. */
export function createScorerPool(config: Config, onRun?: OnRun): ScorerPool {
	const opened = new Map<MemberName, Promise<Scorer>>();
	const member = (name: MemberName, open: () => Promise<Scorer>): Promise<Scorer> => {
		const known = opened.get(name);
		if (known !== undefined) return known;
		const opening = open();
		opened.set(name, opening);
		opening.catch(() => opened.delete(name)); // tried again by whoever asks next
		return opening;
	};
	return {
		async scorerFor(policies) {
			const needed = [...neededMembers(policies)].map((name) => ({ name, open: OPENERS[name](config, onRun) }));
			const missing = new Set(needed.filter(({ open }) => open === undefined).map(({ name }) => name));
			for (const policy of policies)
				for (const spec of leavesOf(policy)) if (missing.has(memberOf(spec))) throw missingMember(policy.id, spec);
			const ends = await Promise.allSettled(
				needed.map(async ({ name, open }) => [name, await member(name, open!)] as const),
			);
			const failed = ends.find((end) => end.status === "rejected");
			if (failed !== undefined) throw failed.reason;
			const members = ends.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
			const set = createScorerSet(Object.fromEntries(members) as ScorerMembers);
			return policies.some(({ scorer }) => scorer.kind === "cascade") ? createCascadeScorer(set) : set;
		},
		async close() {
			const scorers = await Promise.allSettled(opened.values());
			await Promise.all(scorers.map((end) => (end.status === "fulfilled" ? end.value.close() : undefined)));
		},
	};
}

/**
 * The scorer for policies, with everything that it alone needs. Throws what {@link ScorerPool.scorerFor} throws; where one part
 * cannot be opened, those that could are closed.
 */
export async function openScorer(config: Config, policies: readonly Policy[]): Promise<Scorer> {
	const pool = createScorerPool(config);
	try {
		return await pool.scorerFor(policies);
	} catch (error) {
		await pool.close();
		throw error;
	}
}

async function openHeads(config: Config, onRun: OnRun): Promise<Scorer> {
	const { weights, threads, maxQueue, cacheDir, maxCharacters } = config;
	const opening = openModel(config.model, { weights, threads, maxQueue, cacheDir, onRun });
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
