/**
 * ONNX writing: the typed graph builder, its operators, and the files.
 */
export type { ElementType } from "./element-types.ts";
export { createGraph, type Graph, type Value, type WeightGroup } from "./graph.ts";
export { toModelFile } from "./model-file.ts";
export type { ExternalLocation, TensorSpec } from "./model-proto.ts";
export * from "./ops/arrange.ts";
export * from "./ops/elementwise.ts";
export * from "./ops/linear.ts";
export * from "./ops/reduce.ts";
export * from "./ops/sequence.ts";
export { type ExternalEntries, readExternalData, replaceExternalData } from "./read-model.ts";
export { type Dim, type Shape, UNKNOWN } from "./shape.ts";
export {
	countWeightBytes,
	type WriteOptions,
	type WrittenGroup,
	type WrittenWeights,
	writeWeights,
} from "./weight-file.ts";
