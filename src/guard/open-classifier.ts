/** The embedded classifier ready to follow streams, with the policies that it can follow. */
import { join } from "node:path";
import { openModel } from "../engine/index.ts";
import { SluiceError } from "../errors.ts";
import { loadPolicies } from "../policies/index.ts";
import { createHeadStreams, readHeadsFile } from "../scorers/index.ts";
import { loadTokenizer } from "../tokenizer/index.ts";
import type { GuardOptions } from "./options.ts";
import { toStreamPolicies } from "./stream-policies.ts";

/** Where the classifier and its policies lie, and how it runs. */
export interface ClassifierOptions {
	/** Hugging Face layout with heads. */
	readonly model: string;
	/** A folder of policy files. */
	readonly policies: string;
	/** For the graphs made from the model. */
	readonly cacheDir: string;
	/** Default 1. */
	readonly threads?: number | undefined;
}

/** The options of a guard that only the classifier gives. */
export interface GuardClassifier extends Pick<GuardOptions, "scorer" | "policies"> {
	/** Frees the model; streams that are open fail. */
	close(): Promise<void>;
}

/** Opens it. Throws `invalid_model`, `invalid_policy`, and `invalid_policy` where no policy can be followed. */
export async function openClassifier(options: ClassifierOptions): Promise<GuardClassifier> {
	const { model: directory, cacheDir, threads = 1 } = options;
	const all = await loadPolicies(options.policies);
	const [tokenizer, heads] = await Promise.all([
		loadTokenizer(join(directory, "tokenizer.json")),
		readHeadsFile(directory),
	]);
	const model = await openModel(directory, { weights: "q8", threads, cacheDir });
	try {
		const scorer = createHeadStreams({ model, tokenizer, heads });
		const { policies } = toStreamPolicies(all, scorer);
		if (policies.length === 0)
			throw new SluiceError("invalid_policy", { detail: "no policy can be followed in a stream" });
		return { scorer, policies, close: () => model.close() };
	} catch (error) {
		await model.close();
		throw error;
	}
}
