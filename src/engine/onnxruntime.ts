/**
 * The one door to onnxruntime-node. Opens a model by path, so that its weights are mapped, with one thread per session:
 * `run` blocks the thread that calls it, so sessions belong in inference threads and cores are shared by having several.
 */
import { InferenceSession, Tensor } from "onnxruntime-node";

export { InferenceSession, Tensor };

/** Options of every session of the engine. Names under `extra` are ONNX Runtime's session config entries. */
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
	intraOpNumThreads: 1,
	interOpNumThreads: 1,
	executionMode: "sequential",
	enableMemPattern: false, // made for one input shape; ours vary, and runs are 3 % faster without
	logSeverityLevel: 3,
	extra: { session: { intra_op: { allow_spinning: "0" } } },
};

/** Opens the .onnx file at `path`. Rejects with ONNX Runtime's own error. */
export function openGraph(path: string): Promise<InferenceSession> {
	return InferenceSession.create(path, SESSION_OPTIONS);
}
