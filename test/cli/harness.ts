/** Runs one command line over a fake moderator and keeps what it wrote. */
import type { CliContext } from "../../src/cli/context.ts";
import { runCli } from "../../src/cli/program.ts";
import { createFakeModerator, type FakeModeratorOptions } from "../fake-moderator.ts";

/** What a command left behind. */
export interface Outcome {
	readonly exitCode: number;
	readonly stdout: string;
	readonly stderr: string;
	/** How often the moderator was closed. */
	readonly closed: number;
}

/** What a test may set. */
export interface RunOptions {
	readonly moderator?: FakeModeratorOptions;
	readonly stdin?: readonly Uint8Array[] | "terminal";
	readonly env?: Record<string, string>;
	readonly context?: Partial<CliContext>;
}

/** Runs `argv`; nothing of this process is touched. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
	const out: string[] = [];
	const err: string[] = [];
	let closed = 0;
	const chunks = options.stdin === "terminal" ? [] : (options.stdin ?? []);
	const exitCode = await runCli(argv, {
		stdin: Object.assign(
			(async function* () {
				yield* chunks;
			})(),
			{ isTTY: options.stdin === "terminal" },
		),
		stdout: (text) => void out.push(text),
		stderr: (text) => void err.push(text),
		interactive: false,
		env: options.env ?? {},
		openModerator: async () => ({
			...createFakeModerator(options.moderator),
			close: async () => {
				closed++;
			},
		}),
		openScanModerator: async () => {
			const moderator = createFakeModerator(options.moderator);
			return {
				moderator,
				close: async () => {
					closed++;
				},
			};
		},
		openScorer: async () => {
			throw new Error("this test has no scorer");
		},
		runGateway: async () => {},
		runQueuedGateway: async () => {},
		runWorker: async () => {},
		countQueues: async () => [],
		openGenerator: async () => {
			throw new Error("this test has no generator");
		},
		convertModel: async () => ({}),
		...options.context,
	});
	return { exitCode, stdout: out.join(""), stderr: err.join(""), closed };
}
