/**
 * What the commands get from outside: streams and the parts they drive, so that tests can pass their own.
 */
import type { Config } from "../config.ts";
import type { Moderator } from "../moderator.ts";

/** Weight formats a model can be converted to. */
export type WeightFormat = Config["weights"];

/** Streams of a command; stdout is for results only. */
export interface CliStreams {
	readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean };
	stdout(text: string): void;
	stderr(text: string): void;
	/** Whether stderr is a terminal that can redraw a line. */
	readonly interactive: boolean;
}

/** Everything a command reaches for. */
export interface CliContext extends CliStreams {
	readonly env: Readonly<Record<string, string | undefined>> | undefined;
	openModerator(config: Config): Promise<Moderator>;
	runGateway(config: Config): Promise<void>;
	convertModel(
		from: string,
		to: string,
		options: { weights: WeightFormat; onProgress?: (done: number, total: number) => void },
	): Promise<object>;
}

/** Exit codes. 1 is a verdict, so that `sluice moderate` can be used as a shell condition. */
export const EXIT = { allowed: 0, acted: 1, usage: 2, failed: 3 } as const;
