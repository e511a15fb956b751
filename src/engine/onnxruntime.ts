/**
 * The one door to onnxruntime-node. Opens a model by path, so that its weights are mapped, with one thread per session:
 * `run` blocks the thread that calls it, so sessions belong in inference threads and cores are shared by having several.
 */
import { readFileSync } from "node:fs";
import { InferenceSession, Tensor } from "onnxruntime-node";

export { InferenceSession, Tensor };

/** Options of every session of the engine. Names under `extra` are ONNX Runtime's session config entries. */
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
	intraOpNumThreads: 1,
	interOpNumThreads: 1,
	executionMode: "sequential",
	enableCpuMemArena: false, // it grows in powers of two and gives nothing back: 50 MB more at the same speed
	enableMemPattern: false, // made for one input shape; ours vary, and runs are 3 % faster without
	logSeverityLevel: 4, // errors are thrown; the log would repeat them on stderr
	extra: { session: { intra_op: { allow_spinning: "0" }, x64quantprecision: hasExactInt8() ? "0" : "1" } },
};

/**
 * Whether products of uint8 and int8 are summed without saturation: x64 needs VNNI for that, with AVX2 alone two products
 * overflow 16 bits. ONNX Runtime's precision mode is right there too, but took 1.6 times as long where it was measured.
 */
function hasExactInt8(): boolean {
	if (process.arch !== "x64") return true;
	try {
		return /\b(avx512_vnni|avx_vnni)\b/.test(readFileSync("/proc/cpuinfo", "utf8"));
	} catch {
		return false; // not Linux: nothing says, so the mode that is always right
	}
}

/** Opens the .onnx file at `path`. Rejects with ONNX Runtime's own error. */
export function openGraph(path: string): Promise<InferenceSession> {
	return InferenceSession.create(path, SESSION_OPTIONS);
}
