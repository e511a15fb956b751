/** What a command file exports. */
import type { Command } from "commander";
import type { CliContext } from "./context.ts";

/** Adds one command to the program; `finish` takes its exit code, 0 when never called. */
export type Register = (program: Command, context: CliContext, finish: (exitCode: number) => void) => void;
