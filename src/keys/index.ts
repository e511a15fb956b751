/** API keys: what they are, where they are kept, what they change. */
export { grantPolicies, grantVerdict } from "./grant.ts";
export {
	createSecret,
	GrantSchema,
	hashSecret,
	isInForce,
	isSameHash,
	isSecret,
	type Key,
	type KeyLimits,
	KeySchema,
	type NewKey,
	SCOPES,
	type Scope,
} from "./key.ts";
export { createKeyRing, type KeyRing, type KeyRingParts } from "./key-ring.ts";
export {
	addToKeysFile,
	type HashedKey,
	parseHashedKey,
	parseKeys,
	readKeysFile,
	revokeInKeysFile,
	toHashedRow,
} from "./keys-file.ts";
export { addToRecords, toHashedKey, toKey } from "./stored-keys.ts";
