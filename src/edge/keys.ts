/** Keys at the edge: from a variable or from Workers KV, by the hash of their secrets; secrets are nowhere. */
import { SluiceError } from "../errors.ts";
import { hashSecret, isInForce, isSameHash, isSecret, type Key, parseHashedKey, parseKeys } from "../keys/index.ts";
import type { EdgeEnv } from "./settings.ts";

/** Revoked keys open nothing after this time at the latest. */
const KEPT_S = 60;

/** Finds keys. */
export interface EdgeKeys {
	find(secret: string): Promise<Key | undefined>;
}

/** Throws `invalid_config` where the variable holds no keys. */
export function openEdgeKeys(env: Pick<EdgeEnv, "KEYS" | "SLUICE_KEYS">, now: () => number = Date.now): EdgeKeys {
	const listed = env.SLUICE_KEYS === undefined ? [] : parseKeys(env.SLUICE_KEYS, "SLUICE_KEYS");
	return {
		async find(secret) {
			if (!isSecret(secret)) return undefined;
			const hash = hashSecret(secret);
			const own = listed.find((of) => isSameHash(of.hash, hash))?.key;
			const key = own ?? (await findStored(env.KEYS, hash));
			return key !== undefined && isInForce(key, now()) ? key : undefined;
		},
	};
}

async function findStored(namespace: EdgeEnv["KEYS"], hash: Buffer): Promise<Key | undefined> {
	const text = await namespace?.get(hash.toString("hex"), { cacheTtl: KEPT_S });
	if (text === null || text === undefined) return undefined;
	const of = parseHashedKey(text);
	if (of !== undefined && isSameHash(of.hash, hash)) return of.key;
	throw new SluiceError("invalid_config", { detail: "a key in KEYS is damaged: write it again" });
}
