/** Process entry: the gateway from the environment alone, as `sluice gateway` where there is a Redis, else as `sluice serve`. */
import { openLocalService } from "../src/cli/open-local-service.ts";
import { openQueuedService } from "../src/cli/open-queued-service.ts";
import { runGateway } from "../src/cli/run-gateway.ts";
import { readConfig } from "../src/config.ts";
import { isSluiceError } from "../src/errors.ts";

try {
	const config = readConfig();
	await runGateway(config, config.redisUrl === undefined ? openLocalService : openQueuedService);
} catch (error) {
	if (!isSluiceError(error)) throw error;
	process.stderr.write(`sluice: ${error.detail}\n`);
	process.exitCode = 3;
}
