/** What a serving process answers with, and how it comes to be: the seam between the HTTP side and what stands behind it. */
import type { DecisionTrail } from "../audit/index.ts";
import type { Batches } from "../batch/index.ts";
import type { ChatService } from "../chat/index.ts";
import type { Config } from "../config.ts";
import type { RateLimits } from "../http/rate-limit.ts";
import type { Dependency } from "../http/route.ts";
import type { Log } from "../log.ts";
import type { Moderator } from "../moderator.ts";
import type { PolicySet } from "../policies/index.ts";
import type { Observers } from "./observers.ts";

/** The parts behind the routes. */
export interface Service {
	readonly moderator: Moderator;
	readonly batches?: Batches | undefined;
	/** Who owns files and batches, where this process does not. */
	readonly recordsUrl?: string | undefined;
	/** What answers chats, where something does. */
	readonly chat?: ChatService | undefined;
	/** How to judge by other policies; where left out, they stay as they are. */
	readonly changes?: ServiceChanges | undefined;
	/** Where its decisions are recorded. */
	readonly trail?: DecisionTrail | undefined;
	/** What the process depends on beside its models, by name. */
	readonly dependencies?: Readonly<Record<string, Dependency>> | undefined;
	/** What counts for keys together with other gateways; where left out, this process counts for itself. */
	readonly limits?: RateLimits | undefined;
	/** Finishes what is under way and frees everything. */
	close(): Promise<void>;
}

/** Changes of the policies of a service. */
export interface ServiceChanges {
	/** The policies of the start. */
	readonly initial: PolicySet;
	/** Throws `invalid_policy` where texts cannot be judged by the set. */
	check(set: PolicySet): Promise<void>;
	/** Resolves when texts can be judged by it; rejects where they cannot, or when the signal aborts. */
	stage(set: PolicySet, signal: AbortSignal): Promise<Stage>;
	/** No request uses the moderator of the start any more. */
	leaveFirst(): Promise<void>;
}

/** A set of policies that requests may go to. */
export interface Stage {
	readonly moderator: Moderator;
	/** Requests go to it from now on. */
	begin(): void;
	/** No request uses it any more. */
	close(): Promise<void>;
}

/** Makes the parts that the settings describe; the moderator may still be loading. */
export type OpenService = (config: Config, log: Log, observers?: Observers) => Promise<Service>;
