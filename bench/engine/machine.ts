/** Facts about the machine and the versions that a result depends on. Linux only. */
import { readFile } from "node:fs/promises";
import { cpus, release, totalmem } from "node:os";

const FLAGS = ["avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8", "asimddp", "i8mm"];

/** What stands at the head of a result file. */
export interface Machine {
	readonly cpu: string;
	readonly family: string;
	readonly flags: readonly string[];
	readonly cores: number;
	readonly memoryGb: number;
	readonly linux: string;
	readonly versions: Readonly<Record<string, string>>;
}

/** Reads the machine; versions are those of the packages as installed. */
export async function readMachine(): Promise<Machine> {
	const info = await readFile("/proc/cpuinfo", "utf8");
	const field = (name: string): string => new RegExp(`^${name}\\s*:\\s*(.*)$`, "m").exec(info)?.[1] ?? "unknown";
	const flags = new Set(`${field("flags")} ${field("Features")}`.split(" "));
	return {
		cpu: cpus()[0]?.model ?? "unknown",
		family: `family ${field("cpu family")} model ${field("model")}`,
		flags: FLAGS.filter((flag) => flags.has(flag)),
		cores: cpus().length,
		memoryGb: Math.round(totalmem() / 2 ** 30),
		linux: release(),
		versions: {
			node: process.version,
			"onnxruntime-node": await versionOf("../../node_modules/onnxruntime-node/package.json", "version"),
			"node-llama-cpp": await versionOf("../llama/node_modules/node-llama-cpp/package.json", "version"),
			"llama.cpp": await versionOf("../llama/node_modules/node-llama-cpp/llama/llama.cpp.info.json", "tag"),
		},
	};
}

async function versionOf(file: string, key: string): Promise<string> {
	const text = await readFile(new URL(file, import.meta.url), "utf8").catch(() => "{}");
	return String((JSON.parse(text) as Record<string, unknown>)[key] ?? "not installed");
}
