/**
 * The one door to onnxruntime-node.
 */
export { InferenceSession, Tensor } from "onnxruntime-node";
