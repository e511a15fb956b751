/**
 * What a route is: its OpenAPI description and a handler made from what the app was given. Knows no route.
 */
import type { RouteConfig } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Batches } from "../batch/index.ts";
import type { SluiceError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Moderator } from "../moderator.ts";

/** What the service accepts. Sizes in bytes and UTF-16 code units, times in milliseconds. */
export interface HttpLimits {
	readonly maxBodyBytes: number;
	/** Texts, or parts of a text, in one request. */
	readonly maxInputs: number;
	/** Deadline of a request that names none. */
	readonly deadlineMs: number;
}

/** What the app is made of. */
export interface HttpParts {
	readonly moderator: Moderator;
	readonly limits: HttpLimits;
	readonly log: Log;
	/** Files and batches; where left out, their routes say how to get them. */
	readonly batches?: Batches | undefined;
	/** Address of the process that owns files and batches, where this one does not; no trailing slash. */
	readonly recordsUrl?: string | undefined;
	/** Whether the process is about to stop: it still answers, but wants no new requests. */
	readonly isDraining?: (() => boolean) | undefined;
}

/** Per-request facts, set on the way and read by the request log. */
export interface HttpEnv {
	Variables: {
		requestId: string;
		/** The route's pattern; never the raw path, which may hold anything. */
		route: string;
		/** Whose files and batches; "default" where nobody says. */
		tenant?: string;
		inputs: number;
		characters: number;
	};
}

/** Answers one request; throws SluiceError for a problem. */
export type Handler = (c: Context<HttpEnv>) => Response | Promise<Response>;

/** One method on one path. */
export interface Route {
	readonly config: RouteConfig;
	/** Answers errors of this path in the wire format's own body; problem details where left out. */
	readonly refuse?: ((c: Context<HttpEnv>, error: SluiceError) => Response) | undefined;
	/** Called once per app; `document` gives the OpenAPI description of all routes. */
	create(parts: HttpParts & { readonly document: () => object }): Handler;
}
