/**
 * The one door to onnxruntime-node. Opens a model by path, so that its weights are mapped, with one thread per session:
 * `run` blocks the thread that calls it, so sessions belong in inference threads and cores are shared by having several.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as runtime from "onnxruntime-node";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { SluiceError } from "../errors.ts";

export { InferenceSession, Tensor };

/** Options of every session of the engine. Names under `extra` are ONNX Runtime's session config entries. */
const SESSION_OPTIONS: InferenceSession.SessionOptions = {
	intraOpNumThreads: 1,
	interOpNumThreads: 1,
	executionMode: "sequential",
	enableCpuMemArena: false, // it grows in powers of two and gives nothing back: 50 MB more at the same speed for small models
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

/** How a graph is run. */
export interface GraphOptions {
	/** Threads that a run uses. */
	readonly cores: number;
	/**
	 * Keeps the memory of intermediate results between runs: large models make tens of megabytes of them per operator, and
	 * getting these from the system anew takes longer than filling them.
	 */
	readonly keepsMemory: boolean;
	/** What runs the graph, as far as it can; the CPU does the rest. Default cpu. */
	readonly provider?: ExecutionProvider | undefined;
}

/** What may run a graph; which of them the installed runtime has is another matter. */
export type ExecutionProvider = "cpu" | "cuda" | "webgpu" | "coreml" | "dml";

/** Throws `invalid_config` naming those there are where the installed runtime was built without this execution provider. */
export function checkProvider(provider: ExecutionProvider): void {
	const names = runtime.listSupportedBackends().map(({ name }) => name);
	if (names.includes(provider)) return;
	const detail = `onnxruntime-node ${RUNTIME_VERSION} has no execution provider ${provider} on this system; it has ${names.join(", ")}`;
	throw new SluiceError("invalid_config", { detail, pointer: "/provider" });
}

/** Whether an execution provider comes with onnxruntime-node; others need libraries to be installed. */
export function isBundled(provider: ExecutionProvider): boolean {
	return runtime.listSupportedBackends().some(({ name, bundled }) => name === provider && bundled);
}

/** Opens the .onnx file at `path`. Rejects with ONNX Runtime's own error. */
export function openGraph(path: string, graph: GraphOptions): Promise<InferenceSession> {
	const { cores, keepsMemory, provider = "cpu" } = graph;
	return InferenceSession.create(path, {
		...SESSION_OPTIONS,
		...(provider !== "cpu" && { executionProviders: [provider, "cpu"] }),
		intraOpNumThreads: cores,
		enableCpuMemArena: keepsMemory,
	});
}

/** The version of ONNX Runtime. */
export const RUNTIME_VERSION: string = runtime.env.versions.node ?? "unknown";

/**
 * Writes the graph at `path` as the runtime runs it into `directory`: `model` with its initializers in the file `data` beside
 * it, each with its packed forms, which its entries of external data name.
 */
export async function savePacked(
	path: string,
	{ directory, model, data }: { directory: string; model: string; data: string },
): Promise<void> {
	const session = await InferenceSession.create(path, {
		...SESSION_OPTIONS,
		optimizedModelFilePath: join(directory, model),
		extra: {
			session: {
				...(SESSION_OPTIONS.extra?.session as object),
				save_external_prepacked_constant_initializers: "1",
				optimized_model_external_initializers_file_name: data,
				optimized_model_external_initializers_min_size_in_bytes: "0",
			},
		},
	});
	await session.release();
}
