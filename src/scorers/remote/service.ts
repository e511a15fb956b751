/**
 * The seam between the remote scorer and the services it can ask: what a request looks like and what an answer means.
 * A service knows no network, no retries, no policies.
 */
import { SluiceError } from "../../errors.ts";
import type { Content, RemoteSpec } from "../../types.ts";

/** What a service says of one piece of a content. */
export interface Reading {
	/** Risk 0..1 of one of the service's categories; undefined where the answer leaves it out. */
	risk(category: string): number | undefined;
	/** Where risks come from, for services that may answer with no more than a label. */
	readonly basis?: "probability" | "label" | undefined;
}

/** A classifier behind an HTTP API. All services pass one suite. */
export interface RemoteService {
	readonly name: RemoteSpec["service"];
	/** The model it runs, as far as the configuration says. */
	readonly model: string;
	/** Where requests are POSTed, and what goes into their headers; a key belongs here and nowhere else. */
	readonly endpoint: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
	readonly categories: readonly string[];
	/** What one request may hold: pieces, and UTF-16 code units over all of them. */
	readonly batch: { readonly pieces: number; readonly characters: number };
	/** The content in pieces that the service reads whole, overlapping where they are several. Throws `text_too_long` at `pointer` where that cannot be. */
	split(content: Content, pointer: string): Content[];
	toBody(pieces: readonly Content[]): unknown;
	/** One reading per piece, in order. Throws `remote_failed` for an answer that does not say it. */
	toReadings(answer: unknown, pieces: number): Reading[];
}

/** The failure of a service to give an answer; `why` completes "the remote service openai …" and quotes nobody. */
export function remoteFailed(service: string, why: string, retryAfterMs?: number): SluiceError {
	return new SluiceError("remote_failed", { detail: `the remote service ${service} ${why}`, retryAfterMs });
}
