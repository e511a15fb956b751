/** Options that several commands share, named like the settings they override. */
import type { Command } from "commander";

/** Flags of a command as readConfig takes them. */
export type SettingFlags = Readonly<Record<"model" | "policies" | "weights" | "threads", string | undefined>>;

/** Adds the options that say which model judges by which policies. */
export function addModelOptions(command: Command): Command {
	return command
		.option("--model <dir>", "model directory (SLUICE_MODEL)")
		.option("--policies <dir>", "directory of policy files (SLUICE_POLICIES)")
		.option("--weights <format>", "weight format: f32, q8 or q4 (SLUICE_WEIGHTS)")
		.option("--threads <n>", "inference threads (SLUICE_THREADS)");
}

/** The flags among a command's options. */
export function toSettingFlags({ model, policies, weights, threads }: SettingFlags): SettingFlags {
	return { model, policies, weights, threads };
}

/** Where a service listens, as readConfig takes it. */
export interface ListenFlags {
	readonly host: string | undefined;
	readonly port: string | undefined;
}

/** Adds the options that say where a service listens. */
export function addListenOptions(command: Command): Command {
	return command
		.option("--host <host>", "address to listen on (HOST)")
		.option("--port <port>", "port to listen on, 0 for any free one (PORT)");
}
