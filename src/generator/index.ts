/** Text generation. */
export { createGenerator, type Generator, type GeneratorParts, type TextOptions } from "./generator.ts";
export type { GenerationResult, TextDelta, TextStream, TextToken } from "./text-stream.ts";
