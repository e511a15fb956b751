/** Handlers of the routes on policies: who may, and what to set where policies cannot be changed here. */
import type { Context } from "hono";
import { SluiceError } from "../errors.ts";
import type { LivePolicies, LivePolicy } from "../policies/index.ts";
import { toETag, toWirePolicyText } from "./protocols/policies.ts";
import type { Handler, HttpEnv, HttpParts } from "./route.ts";

/** A route's handler, from what it does with the policies. */
export function policiesHandler(
	{ policies }: HttpParts,
	handle: (c: Context<HttpEnv>, policies: LivePolicies) => Promise<Response>,
): Handler {
	if (policies !== undefined) return (c) => handle(c, policies);
	return () => {
		throw new SluiceError("not_configured", { detail: "this process does not read its policies from a directory" });
	};
}

/** Answers with a policy and its ETag. */
export function sendPolicy(c: Context<HttpEnv>, policy: LivePolicy): Response {
	c.header("etag", toETag(policy.file.hash));
	c.header("cache-control", "no-store");
	return c.json(toWirePolicyText(policy));
}

/** A handler that changes policies; refused where nobody says who may. */
export function policyWritesHandler(parts: HttpParts, handle: Parameters<typeof policiesHandler>[1]): Handler {
	if (parts.policies === undefined || parts.allowsPolicyWrites) return policiesHandler(parts, handle);
	return () => {
		throw new SluiceError("not_configured", {
			detail: "policies cannot be changed through an address that others can reach; change the files",
		});
	};
}
