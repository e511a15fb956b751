/** `sluice serve`: the HTTP service. */
import { readConfig } from "../config.ts";
import { addModelOptions, type SettingFlags, toSettingFlags } from "./options.ts";
import type { Register } from "./register.ts";

interface ServeOptions extends SettingFlags {
	readonly host: string | undefined;
	readonly port: string | undefined;
}

/** Adds the command. */
export const registerServe: Register = (program, context) => {
	const command = program
		.command("serve")
		.description("answer moderation requests over HTTP until SIGTERM or Ctrl-C")
		.option("--host <host>", "address to listen on (HOST)")
		.option("--port <port>", "port to listen on, 0 for any free one (PORT)");
	addModelOptions(command).action(async (options: ServeOptions) => {
		const { host, port } = options;
		await context.runGateway(readConfig({ host, port, ...toSettingFlags(options) }, context.env));
	});
};
