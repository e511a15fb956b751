/** Process entry: the gateway from the environment alone, as `sluice serve` without flags. */
import { runGateway } from "../src/cli/gateway.ts";
import { openModerator } from "../src/cli/open-moderator.ts";
import { readConfig } from "../src/config.ts";
import { isSluiceError } from "../src/errors.ts";

try {
	await runGateway(readConfig(), openModerator);
} catch (error) {
	if (!isSluiceError(error)) throw error;
	process.stderr.write(`sluice: ${error.detail}\n`);
	process.exitCode = 3;
}
