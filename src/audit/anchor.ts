/**
 * The last link of a log, written down beside it or elsewhere: a log whose end was cut off, or that was written anew, does not
 * fit it. Whoever can write the log can write the file beside it, too; the log lines that repeat it go elsewhere.
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SluiceError } from "../errors.ts";
import type { Link } from "./chain.ts";

/** Name of the file beside the log. */
export const ANCHOR_FILE = "anchor";

/** As `<seq>:<hash>`. */
export function formatAnchor({ seq, hash }: Link): string {
	return `${seq}:${hash}`;
}

/** Throws `invalid_request` for text that is no anchor. */
export function parseAnchor(text: string): Link {
	const parts = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text.trim());
	if (parts === null)
		throw new SluiceError("invalid_request", { detail: "an anchor is a number, a colon and 64 hex digits" });
	return { seq: Number(parts[1]), hash: parts[2]! };
}

/** The anchor beside a log; undefined where there is none. Throws `invalid_request` for one that cannot be read. */
export async function readAnchor(dir: string): Promise<Link | undefined> {
	const text = await readFile(join(dir, ANCHOR_FILE), "utf8").catch((cause: NodeJS.ErrnoException) => {
		if (cause.code === "ENOENT") return undefined;
		throw new SluiceError("invalid_request", { detail: `the anchor in ${dir} cannot be read`, cause });
	});
	return text === undefined ? undefined : parseAnchor(text);
}

/** Replaces the anchor beside a log as a whole. */
export async function writeAnchor(dir: string, link: Link): Promise<void> {
	const draft = join(dir, `${ANCHOR_FILE}.draft`);
	await writeFile(draft, `${formatAnchor(link)}\n`, { mode: 0o600 });
	await rename(draft, join(dir, ANCHOR_FILE));
}
