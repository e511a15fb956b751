/** Text generation. */
export { type Draft, type DraftOptions, type DraftParts, openDraft, type TakenBack } from "./draft.ts";
export { createGenerator, type Generator, type GeneratorParts, type TextOptions } from "./generator.ts";
export type { GenerationResult, TextDelta, TextStream, TextToken } from "./text-stream.ts";
