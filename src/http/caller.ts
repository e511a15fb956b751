/** Who sends a request, as far as its key says. */
import type { Key } from "../keys/index.ts";

/** The key of a request, without its secret. */
export interface Caller extends Pick<Key, "tenant" | "scopes" | "grant" | "limits"> {
	readonly keyId: string;
}

/** What of a key a request carries on. */
export function toCaller({ id, tenant, scopes, grant, limits }: Key): Caller {
	return { keyId: id, tenant, scopes, grant, limits };
}
