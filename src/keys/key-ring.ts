/**
 * The keys that a gateway accepts, from the records of its data directory, a keys file, or both. Revoked and expired keys open
 * nothing: in the records at once, in a file within a second or two.
 */
import { statSync } from "node:fs";
import type { KeyRecords } from "../store/index.ts";
import { hashSecret, isInForce, isSameHash, isSecret, type Key } from "./key.ts";
import { type HashedKey, readKeysFile } from "./keys-file.ts";
import { toKey } from "./stored-keys.ts";

/** Time after which a file is looked at again. */
const LOOK_MS = 1000;

/** Keys by secret. */
export interface KeyRing {
	/** The key in force with this secret. */
	find(secret: string): Key | undefined;
	/** Whether any key is in force. */
	hasKeys(): boolean;
}

/** What a ring is made of. */
export interface KeyRingParts {
	readonly records?: KeyRecords | undefined;
	/** Path of a keys file. */
	readonly file?: string | undefined;
	/** Told when a changed file cannot be used; the keys from before stay. */
	readonly onError?: ((error: unknown) => void) | undefined;
	now?(): number;
}

/** Throws `invalid_config` where the file is none of ours. */
export function createKeyRing({ records, file, onError, now = Date.now }: KeyRingParts): KeyRing {
	const filed = file === undefined ? () => [] : followKeysFile(file, { onError, now });
	return {
		find(secret) {
			if (!isSecret(secret)) return undefined;
			const hash = hashSecret(secret);
			const stored = records?.find(hash);
			const key = stored ? toKey(stored) : filed().find((of) => isSameHash(of.hash, hash))?.key;
			return key !== undefined && isInForce(key, now()) ? key : undefined;
		},
		hasKeys: () =>
			records?.list().some((key) => isInForce(key, now())) === true || filed().some(({ key }) => isInForce(key, now())),
	};
}

/** The keys of a file as it is, but for a second or two. */
function followKeysFile(
	file: string,
	{ onError, now }: { onError: ((error: unknown) => void) | undefined; now: () => number },
): () => readonly HashedKey[] {
	let version = versionOf(file); // first: a change in between is seen later
	let keys = readKeysFile(file);
	let lookedMs = now();
	return () => {
		if (now() - lookedMs < LOOK_MS) return keys;
		lookedMs = now();
		const current = versionOf(file);
		if (current === version) return keys;
		try {
			keys = readKeysFile(file);
			version = current;
		} catch (error) {
			onError?.(error);
		}
		return keys;
	};
}

function versionOf(file: string): string {
	const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
	return stat === undefined ? "" : `${stat.ino} ${stat.size} ${stat.mtimeNs}`;
}
