/**
 * Handlers of the routes on files and batches: answered here where this process owns the records, by the one that does
 * where that is another, and refused with the setting that helps where there are none.
 */
import type { Context } from "hono";
import type { Batches } from "../batch/index.ts";
import { SluiceError } from "../errors.ts";
import { forward } from "./forward.ts";
import type { Handler, HttpEnv, HttpParts } from "./route.ts";

/** Whose records a request is about. */
export interface RecordsOf {
	readonly batches: Batches;
	readonly tenant: string;
}

/** A route's handler, from what it does with the records. */
export function recordsHandler(
	{ batches, recordsUrl }: HttpParts,
	handle: (c: Context<HttpEnv>, of: RecordsOf) => Response | Promise<Response>,
): Handler {
	if (batches !== undefined) return (c) => handle(c, { batches, tenant: c.var.tenant ?? "default" });
	if (recordsUrl !== undefined) return (c) => askOwner(c, recordsUrl);
	return () => {
		throw new SluiceError("not_configured", {
			detail: "files and batches need a place for their records: set SLUICE_DATA_DIR, or SLUICE_RECORDS_URL",
		});
	};
}

/** Lets the owner of the records answer. */
async function askOwner(c: Context<HttpEnv>, recordsUrl: string): Promise<Response> {
	try {
		return await forward(c, recordsUrl);
	} catch (cause) {
		throw new SluiceError("remote_failed", {
			detail: "the process that owns files and batches (SLUICE_RECORDS_URL) is out of reach; try again in a moment",
			cause,
		});
	}
}
