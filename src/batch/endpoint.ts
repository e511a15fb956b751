/**
 * What a batch may ask: the paths, and the seam to the wire format that reads a request of one and answers it. Whoever opens
 * a scan worker passes the formats; the ones of the HTTP routes, so that a line of a batch answers as the route does.
 */
import type { Budget, Content, Grant, Verdict } from "../types.ts";

/** Paths a batch may be about. */
export const BATCH_ENDPOINTS = ["/v1/moderations", "/v1/classify"] as const;
/** One of {@link BATCH_ENDPOINTS}. */
export type BatchEndpoint = (typeof BATCH_ENDPOINTS)[number];

/** Whether a batch may be about this path. */
export function isBatchEndpoint(path: string): path is BatchEndpoint {
	return (BATCH_ENDPOINTS as readonly string[]).includes(path);
}

/** A checked request. */
export interface BatchRequest {
	readonly contents: readonly Content[];
	readonly budget?: Budget | undefined;
	/** The body of the answer, from one verdict per content. */
	answer(verdicts: readonly Verdict[]): object;
	/** An error about one of `contents`, as one about the request's body. */
	blame(error: unknown): unknown;
}

/** A wire format. */
export interface BatchFormat {
	/** Throws a SluiceError where the body is not a request to be judged, by the policies of `grant` where there is one. */
	parse(endpoint: BatchEndpoint, body: unknown, grant?: Grant | undefined): BatchRequest;
	/** The answer that says what went wrong; nothing of a foreign error shows. */
	refuse(error: unknown, requestId: string): { readonly status: number; readonly body: object };
}
