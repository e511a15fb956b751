/** What is in an edge's queue: lines of a batch as they came, with whose they are. Texts lie there until the origin has them. */
import type { Caller } from "../http/caller.ts";
import type { LinesRequest } from "../http/protocols/edge.ts";

/** One message. */
export interface LinesMessage {
	/** Of the form of messages. */
	readonly v: 1;
	readonly caller: Caller | null;
	readonly request: LinesRequest;
}
