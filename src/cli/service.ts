/** What a serving process answers with, and how it comes to be: the seam between the HTTP side and what stands behind it. */
import type { Batches } from "../batch/index.ts";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import type { Moderator } from "../moderator.ts";

/** The parts behind the routes. */
export interface Service {
	readonly moderator: Moderator;
	readonly batches?: Batches | undefined;
	/** Who owns files and batches, where this process does not. */
	readonly recordsUrl?: string | undefined;
	/** Finishes what is under way and frees everything. */
	close(): Promise<void>;
}

/** Makes the parts that the settings describe; the moderator may still be loading. */
export type OpenService = (config: Config, log: Log) => Promise<Service>;
