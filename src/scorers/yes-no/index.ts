/** The scorer that asks a generative model Yes or No, and its parts that others may use. */
export { createPromptRenderer, type PromptRenderer, type RenderedPart, type RenderedPrompt } from "./render.ts";
export { yesProbability } from "./risk.ts";
export { createYesNoScorer, type YesNoScorerParts } from "./yes-no.ts";
