/** `sluice queue stats`: what waits in the queues. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Config, readConfig } from "../config.ts";
import { SluiceError } from "../errors.ts";
import type { QueueTarget } from "../queue/index.ts";
import type { QueueCounts } from "./queue-counts.ts";
import type { Register } from "./register.ts";
import { align } from "./table.ts";

interface StatsOptions {
	readonly redis: string | undefined;
	readonly data: string | undefined;
	readonly json?: boolean;
}

/** Adds the command. */
export const registerQueue: Register = (program, context) => {
	const queue = program.command("queue").description("look at the queues");
	queue
		.command("stats")
		.description("jobs per queue: waiting, being judged, waiting for another try, failed")
		.option("--redis <url>", "the Redis that gateways and workers share (SLUICE_REDIS_URL)")
		.option("--data <dir>", "the data directory of a service without Redis (SLUICE_DATA_DIR)")
		.option("--json", "print an object per queue")
		.action(async (options: StatsOptions) => {
			const { redis: redisUrl, data: dataDir } = options;
			const target = toTarget(readConfig({ redisUrl, dataDir }, context.env));
			const counts = await context.countQueues(target);
			context.stdout(options.json ? `${JSON.stringify(counts)}\n` : `${toLines(counts).join("\n")}\n`);
		});
};

function toTarget({ redisUrl, dataDir }: Config): QueueTarget {
	if (redisUrl !== undefined) return { redis: redisUrl };
	if (dataDir === undefined)
		throw new SluiceError("invalid_config", {
			detail: "say where the queues are: --redis URL, or --data DIR of a service without Redis",
		});
	const sqlite = join(dataDir, "queue.sqlite");
	if (!existsSync(sqlite)) throw new SluiceError("invalid_config", { detail: `${dataDir} holds no queues` });
	return { sqlite };
}

function toLines(counts: readonly QueueCounts[]): string[] {
	const rows = counts.map(({ queue, waiting, active, delayed, failed }) => [
		queue,
		...[waiting, active, delayed, failed].map(String),
	]);
	return align([["queue", "waiting", "active", "delayed", "failed"], ...rows]);
}
