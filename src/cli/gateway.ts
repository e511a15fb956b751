/** `sluice gateway`: the HTTP service in front of workers that share a Redis with it. */
import { readConfig } from "../config.ts";
import { addListenOptions, type ListenFlags } from "./options.ts";
import type { Register } from "./register.ts";

interface GatewayOptions extends ListenFlags {
	readonly redis: string | undefined;
	readonly policies: string | undefined;
	readonly data: string | undefined;
	readonly records: string | undefined;
}

/** Adds the command. */
export const registerGateway: Register = (program, context) => {
	const command = program
		.command("gateway")
		.description("answer moderation requests over HTTP until SIGTERM or Ctrl-C, with the workers on a Redis")
		.option("--redis <url>", "the Redis that gateways and workers share (SLUICE_REDIS_URL)")
		.option("--policies <dir>", "directory of policy files, the workers' (SLUICE_POLICIES)")
		.option("--data <dir>", "own the records of files and batches, here (SLUICE_DATA_DIR)")
		.option("--records <url>", "pass files and batches on to the gateway that owns them (SLUICE_RECORDS_URL)");
	addListenOptions(command).action(async (options: GatewayOptions) => {
		const { host, port, policies, redis: redisUrl, data: dataDir, records: recordsUrl } = options;
		const config = readConfig({ host, port, policies, redisUrl, dataDir, recordsUrl }, context.env);
		await context.runQueuedGateway(config);
	});
};
