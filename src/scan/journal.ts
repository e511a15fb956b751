/**
 * The journal of a scan: how much of its output is durable, and where in the input to go on behind that. It is replaced as a
 * whole, so that it is never half written.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { SluiceError } from "../errors.ts";
import type { Disk } from "./disk.ts";
import type { Position } from "./item.ts";
import { type Tally, TallySchema } from "./tally.ts";

const VERSION = 1;

/** What a later process needs to go on. */
export interface Journal {
	/** What the results depend on, by name; all of it must be the same. */
	readonly settings: Readonly<Record<string, string>>;
	readonly position: Position;
	/** Bytes of output that belong to what lies before the position. */
	readonly outputBytes: number;
	readonly tally: Tally;
	/** Nothing is left to scan: the output only has to get its name. */
	readonly complete: boolean;
}

const count = z.int().nonnegative();
const JournalSchema: z.ZodType<Journal & { version: number }> = z.strictObject({
	version: z.literal(VERSION),
	settings: z.record(z.string(), z.string()),
	position: z.strictObject({ file: count, offset: count, line: count }),
	outputBytes: count,
	tally: TallySchema,
	complete: z.boolean(),
});

/** Reads a journal; undefined where there is none. Throws `invalid_request` where it is not one of this version. */
export async function readJournal(path: string): Promise<Journal | undefined> {
	const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
		if (error.code === "ENOENT") return undefined;
		throw new SluiceError("invalid_request", { detail: `cannot read ${path} (${error.code})`, cause: error });
	});
	if (text === undefined) return undefined;
	let data: unknown;
	try {
		data = JSON.parse(text);
	} catch {
		data = undefined;
	}
	const parsed = JournalSchema.safeParse(data);
	if (parsed.success) return parsed.data;
	throw new SluiceError("invalid_request", { detail: `${path} is no journal of this version; --force starts anew` });
}

/** Puts the journal into the place of the one before, durably. */
export async function writeJournal(disk: Disk, path: string, journal: Journal): Promise<void> {
	const next = `${path}.next`;
	const file = await disk.open(next);
	try {
		const bytes = Buffer.from(`${JSON.stringify({ version: VERSION, ...journal })}\n`);
		await file.truncate(0);
		await file.write(bytes, 0);
		await file.sync();
	} finally {
		await file.close();
	}
	await disk.rename(next, path);
	await disk.syncNames(path);
}

/** Throws `invalid_request` naming what is not as it was. */
export function checkSettings(journal: Journal, settings: Readonly<Record<string, string>>): void {
	const names = new Set([...Object.keys(journal.settings), ...Object.keys(settings)]);
	const changed = [...names].filter((name) => journal.settings[name] !== settings[name]);
	if (changed.length === 0) return;
	throw new SluiceError("invalid_request", {
		detail: `the scan cannot go on, because this changed since it began: ${changed.join(", ")}; --force starts anew`,
	});
}
