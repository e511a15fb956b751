/**
 * What of a processor decides how weights are packed: its model and its vector instructions, as a short key. Two processors
 * with one key pack alike; if they did not, the runtime would find no packed form that fits and make its own.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** Vector and matrix instructions of x64 and arm64. */
const INSTRUCTIONS = /^(sse|ssse|avx|amx|fma|f16c|asimd|sve|sme|i8mm|bf16|fphp)/;

/** Eight hex digits for this machine; undefined where the system does not say what it is. */
export function readCpuKey(): string | undefined {
	try {
		return toCpuKey(readFileSync("/proc/cpuinfo", "utf8"), process.arch);
	} catch {
		return undefined; // not Linux
	}
}

/** The key for the text of /proc/cpuinfo. */
export function toCpuKey(cpuInfo: string, arch: string): string | undefined {
	const field = (name: string): string | undefined => new RegExp(`^${name}\\s*: (.*)$`, "m").exec(cpuInfo)?.[1]?.trim();
	const flags = (field("flags") ?? field("Features"))?.split(" ").filter((flag) => INSTRUCTIONS.test(flag));
	if (flags === undefined || flags.length === 0) return undefined;
	const models = ["model name", "CPU implementer", "CPU part"].map((name) => field(name) ?? "");
	return createHash("sha256")
		.update([arch, ...models, ...flags.sort()].join("\n"))
		.digest("hex")
		.slice(0, 8);
}
