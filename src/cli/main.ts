/** Process entry of the `sluice` command: the real streams and parts. Heavy parts load when a command needs them. */
import type { CliContext } from "./context.ts";
import { runCli } from "./program.ts";

const openModerator: CliContext["openModerator"] = async (config) =>
	(await import("./open-moderator.ts")).openModerator(config);

const context: CliContext = {
	stdin: process.stdin,
	stdout: (text) => void process.stdout.write(text),
	stderr: (text) => void process.stderr.write(text),
	interactive: process.stderr.isTTY === true,
	stdoutInteractive: process.stdout.isTTY === true,
	env: undefined,
	openModerator,
	openScanModerator: async (config, ids) => (await import("./open-scan-moderator.ts")).openScanModerator(config, ids),
	openScorer: async (config, policies) => (await import("./open-scorer.ts")).openScorer(config, policies),
	async runGateway(config) {
		const [{ runGateway }, { openLocalService }] = await Promise.all([
			import("./run-gateway.ts"),
			import("./open-local-service.ts"),
		]);
		await runGateway(config, openLocalService);
	},
	async runQueuedGateway(config) {
		const [{ runGateway }, { openQueuedService }] = await Promise.all([
			import("./run-gateway.ts"),
			import("./open-queued-service.ts"),
		]);
		await runGateway(config, openQueuedService);
	},
	async runWorker(config) {
		const [{ runWorker }, { openJudges }] = await Promise.all([import("./run-worker.ts"), import("./open-judges.ts")]);
		await runWorker(config, openJudges);
	},
	countQueues: async (target) => (await import("./queue-counts.ts")).countQueues(target),
	openGenerator: async (config, weights) => (await import("./open-generator.ts")).openGenerator(config, weights),
	convertModel: async (from, to, options) => (await import("../convert/index.ts")).convertModel(from, to, options),
};

// A reader that has seen enough (`sluice eval … | head`) closes the pipe; that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
	if (error.code !== "EPIPE") throw error;
});

process.exitCode = await runCli(process.argv.slice(2), context);
