/** Wires model and tokenizer to the generator that the settings describe. */
import { join } from "node:path";
import type { Config } from "../config.ts";
import { isConverted } from "../convert/index.ts";
import { openModel } from "../engine/index.ts";
import { createGenerator } from "../generator/index.ts";
import { loadTokenizer } from "../tokenizer/index.ts";
import type { OpenedGenerator, WeightFormat } from "./context.ts";

/** Opens `config.model`. A converted directory runs with the weights it has unless `named` ones differ, which is an error. */
export async function openGenerator(config: Config, named: WeightFormat | undefined): Promise<OpenedGenerator> {
	const { model: directory, threads, maxQueue, cacheDir } = config;
	const weights = named ?? (isConverted(directory) ? undefined : config.weights);
	const tokenizer = await loadTokenizer(join(directory, "tokenizer.json"));
	const model = await openModel(directory, { weights, threads, maxQueue, cacheDir });
	return { ...createGenerator({ model, tokenizer }), close: () => model.close() };
}
