/** Process entry: a worker from the environment alone, as `sluice worker` without flags. */
import { openJudges } from "../src/cli/open-judges.ts";
import { runWorker } from "../src/cli/run-worker.ts";
import { readConfig } from "../src/config.ts";
import { isSluiceError } from "../src/errors.ts";

try {
	await runWorker(readConfig(), openJudges);
} catch (error) {
	if (!isSluiceError(error)) throw error;
	process.stderr.write(`sluice: ${error.detail}\n`);
	process.exitCode = 3;
}
