/**
 * What the commands get from outside: streams and the parts they drive, so that tests can pass their own.
 */
import type { Config } from "../config.ts";
import type { EmbeddingScale } from "../convert/index.ts";
import type { Generator } from "../generator/index.ts";
import type { Moderator } from "../moderator.ts";
import type { QueueTarget } from "../queue/index.ts";
import type { Scorer } from "../scorers/index.ts";
import type { Policy } from "../types.ts";
import type { QueueCounts } from "./queue-counts.ts";

/** Weight formats a model can be converted to. */
export type WeightFormat = Config["weights"];

/** Streams of a command; stdout is for results only. */
export interface CliStreams {
	readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean; destroy?(): unknown };
	stdout(text: string): void;
	stderr(text: string): void;
	/** Whether stderr is a terminal that can redraw a line. */
	readonly interactive: boolean;
	/** Whether stdout is a terminal, which would obey control characters. */
	readonly stdoutInteractive?: boolean | undefined;
}

/** A generator with the model it runs on. */
export interface OpenedGenerator extends Generator {
	close(): Promise<void>;
}

/** A moderator, perhaps still loading, with what stands behind it. */
export interface OpenedModerator {
	readonly moderator: Moderator;
	close(): Promise<void>;
}

/** Everything a command reaches for. */
export interface CliContext extends CliStreams {
	readonly env: Readonly<Record<string, string | undefined>> | undefined;
	openModerator(config: Config): Promise<Moderator>;
	/** For a scan: measures these policies at least, on a model of this process or on the Redis of the settings. */
	openScanModerator(config: Config, policies: readonly string[] | undefined): Promise<OpenedModerator>;
	/** The scorer that measures these policies. */
	openScorer(config: Config, policies: readonly Policy[]): Promise<Scorer>;
	/** Serves with a model of this process until a signal. */
	runGateway(config: Config): Promise<void>;
	/** Serves with workers on a Redis until a signal. */
	runQueuedGateway(config: Config): Promise<void>;
	/** Judges for gateways on a Redis until a signal. */
	runWorker(config: Config): Promise<void>;
	countQueues(target: QueueTarget): Promise<QueueCounts[]>;
	/** A generator for the model of the settings; `weights` where the caller named some. */
	openGenerator(config: Config, weights: WeightFormat | undefined): Promise<OpenedGenerator>;
	convertModel(
		from: string,
		to: string,
		options: {
			weights: WeightFormat;
			embeddingScale?: EmbeddingScale;
			onProgress?: (done: number, total: number) => void;
		},
	): Promise<object>;
}

/**
 * Exit codes. 1 is a verdict, so that `sluice moderate` can be used as a shell condition; 130 is what shells
 * give a command ended by Ctrl-C.
 */
export const EXIT = { allowed: 0, acted: 1, usage: 2, failed: 3, interrupted: 130 } as const;
