/** `sluice worker`: judges what gateways put into a Redis. */
import { readConfig } from "../config.ts";
import { addModelOptions, type SettingFlags, toSettingFlags } from "./options.ts";
import type { Register } from "./register.ts";

interface WorkerOptions extends SettingFlags {
	readonly redis: string | undefined;
	readonly concurrency: string | undefined;
}

/** Adds the command. */
export const registerWorker: Register = (program, context) => {
	const command = program
		.command("worker")
		.description("judge requests and batches of the gateways on a Redis until SIGTERM or Ctrl-C")
		.option("--redis <url>", "the Redis that gateways and workers share (SLUICE_REDIS_URL)")
		.option("--concurrency <n>", "jobs at once, each of up to 32 texts (SLUICE_CONCURRENCY)");
	addModelOptions(command).action(async (options: WorkerOptions) => {
		const { redis: redisUrl, concurrency } = options;
		await context.runWorker(readConfig({ redisUrl, concurrency, ...toSettingFlags(options) }, context.env));
	});
};
