/**
 * Keys in a JSON file, for gateways without records: `{"keys": [{..., "hash": "<SHA-256 in hex>"}]}`. Written whole under another
 * name and renamed, so that who reads it sees the old keys or the new ones.
 */
import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { SluiceError } from "../errors.ts";
import { createSecret, hashSecret, type Key, KeySchema, type NewKey } from "./key.ts";

const HashedKeySchema: z.ZodType<HashedKey> = z
	.looseObject({ hash: z.string().regex(/^[0-9a-f]{64}$/) })
	.transform(({ hash, ...key }, context) => {
		const parsed = KeySchema.safeParse(key);
		if (parsed.success) return { hash: Buffer.from(hash, "hex"), key: parsed.data };
		const [issue] = parsed.error.issues;
		context.addIssue({ code: "custom", path: issue!.path as string[], message: issue!.message });
		return z.NEVER;
	});

const FileSchema = z.strictObject({ keys: z.array(HashedKeySchema) });

/** A key with the hash of its secret. */
export interface HashedKey {
	readonly hash: Buffer;
	readonly key: Key;
}

/** The keys of a file; none where there is no file. Throws `invalid_config` naming the field of a file that is none of ours. */
export function readKeysFile(path: string): HashedKey[] {
	let text: string;
	try {
		text = readFileSync(path, "utf8");
	} catch (cause) {
		if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
		throw new SluiceError("invalid_config", { detail: `the keys file ${path} cannot be read`, cause });
	}
	return parseKeys(text, `the keys file ${path}`);
}

/** The keys of such a file's text; throws `invalid_config` naming `place` and the field. */
export function parseKeys(text: string, place: string): HashedKey[] {
	let content: unknown;
	try {
		content = JSON.parse(text);
	} catch (cause) {
		throw new SluiceError("invalid_config", { detail: `${place} is not valid JSON`, cause });
	}
	const parsed = FileSchema.safeParse(content);
	if (parsed.success) return parsed.data.keys;
	const { path: at, message } = parsed.error.issues[0]!;
	throw new SluiceError("invalid_config", { detail: `${place}: ${at.map(String).join(".")}: ${message}` });
}

/** One entry of such a file; undefined for what is none. */
export function parseHashedKey(text: string): HashedKey | undefined {
	try {
		return HashedKeySchema.safeParse(JSON.parse(text)).data;
	} catch {
		return undefined;
	}
}

/** An entry as it is written. */
export function toHashedRow({ hash, key }: HashedKey): object {
	return { ...key, hash: hash.toString("hex") };
}

function writeKeysFile(path: string, keys: readonly HashedKey[]): void {
	const rows = keys.map(toHashedRow);
	const part = `${path}.${process.pid}.tmp`;
	writeFileSync(part, `${JSON.stringify({ keys: rows }, null, "\t")}\n`, { mode: 0o600 });
	chmodSync(part, 0o600);
	renameSync(part, path);
}

/** Adds a key to the file. */
export function addToKeysFile(
	path: string,
	key: NewKey,
	nowMs: number,
): { readonly key: Key; readonly secret: string } {
	const { id, secret } = createSecret();
	const made: Key = { ...key, id, createdMs: nowMs, revokedMs: null };
	writeKeysFile(path, [...readKeysFile(path), { hash: hashSecret(secret), key: made }]);
	return { key: made, secret };
}

/** Whether there was such a key in force. */
export function revokeInKeysFile(path: string, id: string, nowMs: number): boolean {
	const keys = readKeysFile(path);
	const found = keys.some(({ key }) => key.id === id && key.revokedMs === null);
	if (found)
		writeKeysFile(
			path,
			keys.map((of) => (of.key.id === id ? { ...of, key: { ...of.key, revokedMs: nowMs } } : of)),
		);
	return found;
}
