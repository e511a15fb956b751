/**
 * Sessions as bytes: a line of JSON that says what follows, ids as int32, caches as float32, a SHA-256 over all of it.
 * Little-endian. Knows what a session is made of, not what it means.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { SluiceError } from "../errors.ts";
import type { CacheArrays } from "./protocol.ts";

const FORMAT = "sluice-session";
const VERSION = 1;
const DIGEST_BYTES = 32;
const MOST_HEADER_BYTES = 1 << 20;

/** A session's content. */
export interface SessionFile {
	/** Hash of the model that read the ids. */
	readonly model: string;
	readonly outputs: "logits" | "heads";
	readonly ids: readonly number[];
	readonly arrays: CacheArrays;
}

const HeaderSchema = z.object({
	format: z.literal(FORMAT),
	version: z.literal(VERSION),
	model: z.string(),
	outputs: z.enum(["logits", "heads"]),
	ids: z.int().nonnegative(),
	arrays: z.array(z.tuple([z.string(), z.int().nonnegative()])),
});

/** The bytes of a session. */
export function toSessionFile({ model, outputs, ids, arrays }: SessionFile): Uint8Array {
	const entries = Object.entries(arrays);
	const header = { format: FORMAT, version: VERSION, model, outputs, ids: ids.length };
	const line = JSON.stringify({ ...header, arrays: entries.map(([name, { length }]) => [name, length]) });
	const body = [Buffer.from(`${line}\n`), Int32Array.from(ids), ...entries.map(([, array]) => array)].map(
		({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
	);
	const hash = createHash("sha256");
	for (const part of body) hash.update(part);
	return Buffer.concat([...body, hash.digest()]);
}

/** Reads {@link toSessionFile}'s bytes. Throws `invalid_request` where they are damaged or of another version. */
export function parseSessionFile(bytes: Uint8Array): SessionFile {
	const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const lineEnd = file.subarray(0, MOST_HEADER_BYTES).indexOf("\n");
	const header = lineEnd < 0 ? undefined : parseHeader(file.subarray(0, lineEnd).toString("utf8"));
	if (header === undefined) return fail("they are not a session, or of another version");
	const end = file.length - DIGEST_BYTES;
	const digest = createHash("sha256")
		.update(file.subarray(0, Math.max(0, end)))
		.digest();
	if (!digest.equals(file.subarray(Math.max(0, end)))) return fail("they are damaged");
	let at = lineEnd + 1;
	const take = (count: number): ArrayBuffer => {
		const part = file.buffer.slice(file.byteOffset + at, file.byteOffset + at + 4 * count) as ArrayBuffer;
		at += 4 * count;
		return part;
	};
	const ids = [...new Int32Array(take(header.ids))];
	const arrays = Object.fromEntries(header.arrays.map(([name, length]) => [name, new Float32Array(take(length))]));
	if (at !== end) return fail("their length is not the one they state");
	return { model: header.model, outputs: header.outputs, ids, arrays };
}

function parseHeader(line: string): z.output<typeof HeaderSchema> | undefined {
	try {
		return HeaderSchema.safeParse(JSON.parse(line)).data;
	} catch {
		return undefined;
	}
}

function fail(reason: string): never {
	throw new SluiceError("invalid_request", {
		detail: `the session's bytes cannot be used: ${reason}`,
		pointer: "/bytes",
	});
}
