/** Keys in the records of a data directory. */
import { z } from "zod";
import { SluiceError } from "../errors.ts";
import type { HashedKeyRecord, KeyRecord, KeyRecords } from "../store/index.ts";
import { createSecret, hashSecret, type Key, KeySchema, type NewKey } from "./key.ts";
import type { HashedKey } from "./keys-file.ts";

const GrantsSchema = z.object({ grant: z.unknown(), limits: z.unknown() });

/** A stored key; throws `invalid_config` for one that is damaged. */
export function toKey({ grants, ...record }: KeyRecord): Key {
	const parsed = KeySchema.safeParse({ ...record, ...GrantsSchema.parse(JSON.parse(grants)) });
	if (parsed.success) return parsed.data;
	throw new SluiceError("invalid_config", {
		detail: `the stored key ${record.id} is damaged: revoke it`,
		cause: parsed.error,
	});
}

/** A stored key with the hash of its secret; throws as {@link toKey} does. */
export function toHashedKey({ hash, ...record }: HashedKeyRecord): HashedKey {
	return { hash: Buffer.from(hash), key: toKey(record) };
}

/** Stores a new key; its secret is given once, here. */
export function addToRecords(
	records: KeyRecords,
	of: NewKey,
	nowMs: number,
): { readonly key: Key; readonly secret: string } {
	const { id, secret } = createSecret();
	const { grant, limits, ...rest } = of;
	records.insert({
		...rest,
		id,
		hash: hashSecret(secret),
		grants: JSON.stringify({ grant, limits }),
		createdMs: nowMs,
	});
	return { key: { ...of, id, createdMs: nowMs, revokedMs: null }, secret };
}
