/** Where a request comes from, as decisions about its texts are recorded. */
import type { Context } from "hono";
import type { Origin } from "../types.ts";
import type { HttpEnv } from "./route.ts";

/** Names only; never the raw path, which may hold anything. */
export function toOrigin(
	c: Context<HttpEnv>,
	of: Partial<Pick<Origin, "part" | "isScoreOnly" | "surface">> = {},
): Origin {
	const surface = c.get("route") ?? "none";
	return { surface, requestId: c.get("requestId"), tenant: c.get("tenant"), keyId: c.get("caller")?.keyId, ...of };
}
