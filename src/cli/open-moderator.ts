/**
 * Wires policies, tokenizer, engine and scorer to the moderator that the settings describe.
 */
import { join } from "node:path";
import type { Config } from "../config.ts";
import { openModel } from "../engine/index.ts";
import { createModerator, type Moderator } from "../moderator.ts";
import { loadPolicies } from "../policies.ts";
import { createHeadScorer, readHeadsFile, type Scorer } from "../scorers/index.ts";
import { loadTokenizer } from "../tokenizer/index.ts";

/** Resolves once the policies are read; the model goes on loading, see `ready()`. Throws `invalid_policy`. */
export async function openModerator(config: Config): Promise<Moderator> {
	const policies = await loadPolicies(config.policies);
	return createModerator({ policies, scorer: openScorer(config), maxCharacters: config.maxCharacters });
}

async function openScorer(config: Config): Promise<Scorer> {
	const { weights, threads, maxQueue, cacheDir, maxCharacters } = config;
	const opening = openModel(config.model, { weights, threads, maxQueue, cacheDir });
	try {
		const [model, tokenizer, heads] = await Promise.all([
			opening,
			loadTokenizer(join(config.model, "tokenizer.json")),
			readHeadsFile(config.model),
		]);
		return createHeadScorer({ model, tokenizer, heads, maxCharacters });
	} catch (error) {
		await opening.then(
			(model) => model.close(),
			() => {}, // its failure is the one thrown, or follows from the same cause
		);
		throw error;
	}
}
