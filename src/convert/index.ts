/**
 * Hugging Face directory -> ONNX directory: graphs, one shared weight file, a manifest, and the files that scoring
 * reads besides. The result appears whole or not at all. Knows no architecture and no runtime.
 */
export { type ConvertedDirectory, convertIntoCache } from "./convert-into-cache.ts";
export { type ConvertOptions, convertModel } from "./convert-model.ts";
export { describePlan, type PlanDescription } from "./describe.ts";
export { createDigestCache, type DigestCache } from "./digest-cache.ts";
export { inspectModel, type ModelFacts, type TensorFacts } from "./inspect.ts";
export {
	type ConvertedFile,
	type ConvertedManifest,
	EMBEDDING_SCALES,
	type EmbeddingScale,
	isConverted,
	readManifest,
	SLOTS,
} from "./manifest.ts";
export { hashModel } from "./source.ts";
