/**
 * What a route is: its OpenAPI description and a handler made from what the app was given. Knows no route.
 */
import type { RouteConfig } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { DecisionTrail } from "../audit/index.ts";
import type { Batches } from "../batch/index.ts";
import type { ChatService } from "../chat/index.ts";
import type { SluiceError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics/index.ts";
import type { Moderator } from "../moderator.ts";
import type { LivePolicies } from "../policies/index.ts";
import type { Tracer } from "../trace/index.ts";
import type { Access } from "./access.ts";
import type { Caller } from "./caller.ts";

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
	/** Lets another process answer a route; undefined for routes that are answered here. */
	readonly passOn?: ((config: RouteConfig) => Handler | undefined) | undefined;
	/** What answers chats; where left out, their routes say how to get it. */
	readonly chat?: ChatService | undefined;
	/** The policies as files that can be changed; where left out, their routes say how to get that. */
	readonly policies?: LivePolicies | undefined;
	/** Whether callers may change them: those of this machine, or those whose keys say so. */
	readonly allowsPolicyWrites?: boolean | undefined;
	/** What is counted; where left out, nothing is. */
	readonly metrics?: Metrics | undefined;
	/** Whether GET /metrics answers here; left out where it answers on a port of its own. */
	readonly showsMetrics?: boolean | undefined;
	/** Spans of requests; none where left out. */
	readonly tracer?: Tracer | undefined;
	/** Where guarded answers are recorded; the moderator records its own decisions. */
	readonly trail?: DecisionTrail | undefined;
	/** What the process depends on beside its moderator, by name; each says what is wrong, undefined where nothing is. */
	readonly dependencies?: Readonly<Record<string, Dependency>> | undefined;
	/** Who may ask for what; everybody for everything where left out. */
	readonly access?: Access | undefined;
	/** Whether the process is about to stop: it still answers, but wants no new requests. */
	readonly isDraining?: (() => boolean) | undefined;
}

/** Something that the process depends on. */
export interface Dependency {
	/** Whether texts can be judged without it. */
	readonly isNeeded: boolean;
	/** What is wrong with it now, and what to do; undefined where nothing is. */
	check(): Promise<string | undefined>;
}

/** Per-request facts, set on the way and read by the request log. */
export interface HttpEnv {
	Variables: {
		requestId: string;
		/** The route's pattern; never the raw path, which may hold anything. */
		route: string;
		/** Who asks, by the key; undefined where there is none. */
		caller?: Caller;
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
