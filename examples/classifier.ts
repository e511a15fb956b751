/** The guard options of the other examples: the classifier and the policies that come with Sluice. */
import { fileURLToPath } from "node:url";
import { type GuardClassifier, openClassifier } from "../src/guard/index.ts"; // "sluice/guard" where it is installed

const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));

export function openExampleClassifier(): Promise<GuardClassifier> {
	return openClassifier({ model: path("models/sluice-guard"), policies: path("policies"), cacheDir: path(".cache") });
}
