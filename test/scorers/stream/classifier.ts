/** The classifier that comes with the repository, as streams and as a scorer of whole texts. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Model, openModel } from "../../../src/engine/index.ts";
import { loadPolicies } from "../../../src/policies/index.ts";
import { createHeadScorer, readHeadsFile, type Scorer } from "../../../src/scorers/index.ts";
import { createHeadStreams, type StreamScorer } from "../../../src/scorers/stream/index.ts";
import { createTokenizer, loadTokenizer, type Tokenizer } from "../../../src/tokenizer/index.ts";
import type { Policy } from "../../../src/types.ts";

const DIRECTORY = fileURLToPath(new URL("../../../models/sluice-guard", import.meta.url));
const POLICIES = fileURLToPath(new URL("../../../policies", import.meta.url));

const TOKENIZER = join(DIRECTORY, "tokenizer.json");

interface ClassifierOptions {
	readonly cacheDir?: string;
	/** Whether the tokenizer puts a space before a text, as it does; some others do not. */
	readonly prepends?: boolean;
}

/** The same vocabulary without the step that puts a space in front. */
async function loadUnprepended(): Promise<Tokenizer> {
	const json = JSON.parse(await readFile(TOKENIZER, "utf8"));
	json.normalizer.normalizers = json.normalizer.normalizers.filter(({ type }: { type: string }) => type !== "Prepend");
	return createTokenizer(json);
}

export interface Classifier {
	readonly model: Model;
	readonly tokenizer: Tokenizer;
	readonly whole: Scorer;
	readonly streams: StreamScorer;
	readonly policies: readonly Policy[];
	close(): Promise<void>;
}

/** Opens it with one inference thread, its graphs in a directory of their own where none is named. */
export async function openClassifier({ cacheDir, prepends = true }: ClassifierOptions = {}): Promise<Classifier> {
	const place = cacheDir ?? (await mkdtemp(join(tmpdir(), "sluice-stream-")));
	const model = await openModel(DIRECTORY, { weights: "q8", threads: 1, cacheDir: place });
	const tokenizer = prepends ? await loadTokenizer(TOKENIZER) : await loadUnprepended();
	const heads = await readHeadsFile(DIRECTORY);
	return {
		model,
		tokenizer,
		whole: createHeadScorer({ model, tokenizer, heads }),
		streams: createHeadStreams({ model, tokenizer, heads }),
		policies: await loadPolicies(POLICIES),
		async close() {
			await model.close();
			if (cacheDir === undefined) await rm(place, { recursive: true, force: true });
		},
	};
}
