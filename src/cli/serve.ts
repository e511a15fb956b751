/** `sluice serve`: the HTTP service in one process. */
import { readConfig } from "../config.ts";
import { addListenOptions, addModelOptions, type ListenFlags, type SettingFlags, toSettingFlags } from "./options.ts";
import type { Register } from "./register.ts";

interface ServeOptions extends SettingFlags, ListenFlags {
	readonly data: string | undefined;
}

/** Adds the command. */
export const registerServe: Register = (program, context) => {
	const command = program
		.command("serve")
		.description("answer moderation requests over HTTP until SIGTERM or Ctrl-C, on a model of this process");
	addListenOptions(command).option("--data <dir>", "keep files and batches here (SLUICE_DATA_DIR)");
	addModelOptions(command).action(async (options: ServeOptions) => {
		const { host, port, data: dataDir } = options;
		await context.runGateway(readConfig({ host, port, dataDir, ...toSettingFlags(options) }, context.env));
	});
};
