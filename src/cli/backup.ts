/** `sluice backup` and `sluice restore`: the records and files of a data directory, also while a service uses it. */
import { resolve } from "node:path";
import { readConfig } from "../config.ts";
import { SluiceError } from "../errors.ts";
import { type Backup, backUp, restore } from "../store/index.ts";
import type { CliContext } from "./context.ts";
import type { Register } from "./register.ts";

interface DataOption {
	readonly data: string | undefined;
}

/** Adds the commands. */
export const registerBackup: Register = (program, context) => {
	program
		.command("backup")
		.description("copy the records and files of a data directory to OUT, while a service may be using it")
		.argument("<out>", "directory to make")
		.option("--data <dir>", "the data directory (SLUICE_DATA_DIR)")
		.action(async (out: string, { data }: DataOption) => {
			report(context, await backUp(toDataDir(context, data), resolve(out)));
		});
	program
		.command("restore")
		.description("make a new data directory from a backup")
		.argument("<backup>", "what `sluice backup` made")
		.option("--data <dir>", "the data directory to make (SLUICE_DATA_DIR)")
		.action(async (backup: string, { data }: DataOption) => {
			report(context, await restore(resolve(backup), toDataDir(context, data)));
		});
};

function toDataDir(context: CliContext, data: string | undefined): string {
	const { dataDir } = readConfig({ dataDir: data }, context.env);
	if (dataDir === undefined)
		throw new SluiceError("invalid_config", { detail: "say which data directory: --data DIR, or SLUICE_DATA_DIR" });
	return resolve(dataDir);
}

function report(context: CliContext, { created, files }: Backup): void {
	const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
	context.stdout(`${JSON.stringify({ created, files: files.length, bytes })}\n`);
}
