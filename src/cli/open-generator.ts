/** Wires model and tokenizer to the generator that the settings describe. */
import { join } from "node:path";
import type { Config } from "../config.ts";
import { isConverted } from "../convert/index.ts";
import { openModel } from "../engine/index.ts";
import { createGenerator, type Draft, type DraftOptions, openDraft } from "../generator/index.ts";
import type { Prompt } from "../generator/prompt.ts";
import { loadTokenizer } from "../tokenizer/index.ts";
import type { OpenedGenerator, WeightFormat } from "./context.ts";

/** A generator that writes drafts too. */
export interface DraftingGenerator extends OpenedGenerator {
	openDraft(prompt: Prompt, options: DraftOptions): Promise<Draft>;
}

/** Opens `config.model`. A converted directory runs with the weights it has unless `named` ones differ, which is an error. */
export async function openGenerator(config: Config, named: WeightFormat | undefined): Promise<DraftingGenerator> {
	const { model: directory, threads, maxQueue, cacheDir } = config;
	const weights = named ?? (isConverted(directory) ? undefined : config.weights);
	const tokenizer = await loadTokenizer(join(directory, "tokenizer.json"));
	const model = await openModel(directory, { weights, threads, maxQueue, cacheDir });
	return {
		...createGenerator({ model, tokenizer }),
		openDraft: (prompt, options) => openDraft({ model, tokenizer }, prompt, options),
		close: () => model.close(),
	};
}
