/**
 * The command line: registers the commands, turns every failure into one sentence on stderr and an exit code.
 */
import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { Command, CommanderError } from "commander";
import { isSluiceError } from "../errors.ts";
import { registerAudit } from "./audit.ts";
import { registerBackup } from "./backup.ts";
import { type CliContext, EXIT } from "./context.ts";
import { registerConvert } from "./convert.ts";
import { registerEval } from "./eval.ts";
import { registerGateway } from "./gateway.ts";
import { registerGenerate } from "./generate.ts";
import { registerInspect } from "./inspect.ts";
import { registerKeys } from "./keys.ts";
import { registerModerate } from "./moderate.ts";
import { registerPolicy } from "./policy.ts";
import { registerPull } from "./pull.ts";
import { registerQueue } from "./queue.ts";
import type { Register } from "./register.ts";
import { registerReplay } from "./replay.ts";
import { registerScan } from "./scan.ts";
import { registerServe } from "./serve.ts";
import { registerShadow } from "./shadow.ts";
import { registerWorker } from "./worker.ts";

/** The commands. This list is the registry. */
export const COMMANDS: readonly Register[] = [
	registerServe,
	registerGateway,
	registerWorker,
	registerQueue,
	registerBackup,
	registerKeys,
	registerModerate,
	registerScan,
	registerEval,
	registerPolicy,
	registerGenerate,
	registerConvert,
	registerPull,
	registerInspect,
	registerAudit,
	registerShadow,
	registerReplay,
];

/** Runs one command line (without node and script) and resolves to the exit code. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
	let exitCode: number = EXIT.allowed;
	const program = new Command("sluice")
		.description("Self-hosted safety moderation of text")
		.version(readVersion())
		.exitOverride()
		.configureOutput({
			writeOut: context.stdout,
			writeErr: context.stderr,
			outputError: (text, write) =>
				write(
					`${text
						.trim()
						.replace(/^error: /, "sluice: ")
						.replaceAll("\n", " ")}\n`,
				),
		})
		.addHelpText("after", "\nExit codes: 0 done, 1 a text was flagged or blocked, 2 usage, 3 failure.");
	for (const register of COMMANDS)
		register(program, context, (code) => {
			exitCode = code;
		});
	try {
		await program.parseAsync(argv, { from: "user" });
		return exitCode;
	} catch (error) {
		return reportFailure(error, context);
	}
}

function reportFailure(error: unknown, context: CliContext): number {
	if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.allowed : EXIT.usage;
	if (!isSluiceError(error)) {
		context.stderr(`sluice: unexpected failure\n${error instanceof Error ? error.stack : String(error)}\n`);
		return EXIT.failed;
	}
	context.stderr(`sluice: ${error.detail}\n`);
	return error.code === "invalid_config" || error.code === "invalid_request" ? EXIT.usage : EXIT.failed;
}

function readVersion(): string {
	const file = findPackageJSON(import.meta.url);
	return file === undefined ? "unknown" : (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
