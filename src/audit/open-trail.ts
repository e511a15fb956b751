/** A trail into a directory: the log, and the installation's key beside it, which is made on the first opening. */
import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SluiceError } from "../errors.ts";
import { type AuditLog, type AuditLogOptions, openAuditLog } from "./audit-log.ts";
import { createDecisionTrail, type DecisionTrail, type TrailParts } from "./trail.ts";

/** Name of the file with the key, in hex. */
export const KEY_FILE = "key";
const KEY_BYTES = 32;

/** What of a trail the installation chooses. */
export interface OpenTrailOptions extends AuditLogOptions, Pick<TrailParts, "keepsContent" | "onFailure"> {}

/** A trail with the log that it writes to. */
export interface OpenedTrail {
	readonly trail: DecisionTrail;
	readonly log: AuditLog;
	close(): Promise<void>;
}

/** Throws `invalid_config` where another process writes the directory, or what is in it is damaged. */
export async function openTrail(dir: string, options: OpenTrailOptions): Promise<OpenedTrail> {
	const log = await openAuditLog(dir, options);
	try {
		const key = await openKey(dir);
		const { keepsContent, onFailure, now } = options;
		return { trail: createDecisionTrail({ log, key, keepsContent, onFailure, now }), log, close: () => log.close() };
	} catch (error) {
		await log.close();
		throw error;
	}
}

/** The key of an installation. Throws `invalid_config` where there is none or it is damaged. */
export async function readKey(dir: string): Promise<Buffer> {
	const text = await readFile(join(dir, KEY_FILE), "utf8").catch(() => "");
	const key = Buffer.from(text.trim(), "hex");
	if (key.byteLength === KEY_BYTES) return key;
	throw new SluiceError("invalid_config", { detail: `${join(dir, KEY_FILE)} holds no key of 64 hex digits` });
}

async function openKey(dir: string): Promise<Buffer> {
	try {
		await writeFile(join(dir, KEY_FILE), `${randomBytes(KEY_BYTES).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
	} catch (cause) {
		if ((cause as NodeJS.ErrnoException).code !== "EEXIST")
			throw new SluiceError("invalid_config", { detail: `the audit directory ${dir} cannot be written`, cause });
	}
	return readKey(dir);
}
