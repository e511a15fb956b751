/** Handlers of the routes that answer an edge alone: refused where this process takes no service tokens. */
import { SluiceError } from "../errors.ts";
import type { Handler, HttpParts } from "./route.ts";

/** A route's handler; who asks was checked by the token before. */
export function edgeHandler({ access }: HttpParts, handle: Handler): Handler {
	if (access?.services !== undefined) return handle;
	return () => {
		throw new SluiceError("not_configured", {
			detail: "no edge is served here: set SLUICE_EDGE_SECRET to the edge's secret",
		});
	};
}
