/** What it takes to let requests in: the keys that open, and how much each may ask for. Knows no routes. */
import type { KeyRing } from "../keys/index.ts";
import type { RateLimits } from "./rate-limit.ts";
import type { ServiceTokens } from "./service-token.ts";

/** How requests are let in. */
export interface Access {
	readonly keys: KeyRing;
	readonly limits: RateLimits;
	/** Whether requests without a key of ours are refused; else they are nobody's in particular. */
	readonly isRequired: boolean;
	/** Lets in what a process in front has let in; nobody may where left out. */
	readonly services?: ServiceTokens | undefined;
}
