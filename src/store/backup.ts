/**
 * Copies a data directory while it is in use, and puts such a copy back. Databases are snapshots of one moment, contents of
 * files are those that the snapshot names. The queue is left out: what it has to hold is in the records, and is sent again.
 */
import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { copyFile, link, mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { SluiceError } from "../errors.ts";

const RECORDS = "records.sqlite";
const CONTENTS = "files";
const LIST = "backup.json";
const FORMAT = 1;
/** After so many a file that is not there is missing, and not just gone. */
const MOST_SNAPSHOTS = 10;
/** Belongs to the process that serves the directory, not to its records. */
const TRANSIENT = /^(queue\.sqlite|owner\.lock|.*-(wal|shm|journal)$|\.)/;

const ListSchema = z.object({
	format: z.literal(FORMAT),
	created: z.iso.datetime(),
	files: z.array(z.object({ name: z.string(), bytes: z.int().nonnegative(), sha256: z.string() })),
});

/** What a backup holds. */
export interface Backup {
	/** ISO 8601, UTC. */
	readonly created: string;
	/** Names relative to the backup, with forward slashes. */
	readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}

/**
 * Writes a backup of the data directory `dir` into `out`, which must not exist and appears whole or not at all. Others may go
 * on reading and writing. Throws `invalid_config` where there are no records or `out` is there already.
 */
export async function backUp(dir: string, out: string): Promise<Backup> {
	const names: string[] = await readdir(dir).catch(() => []);
	if (!names.includes(RECORDS)) throw refuse(`${dir} holds no records`);
	await refuseExisting(out);
	// beside the contents, so that a link pins them: a file deleted from now on is still there to copy
	const pins = await mkdtemp(join(dir, ".backup-"));
	const part = await mkdtemp(`${out}.part-`);
	try {
		await snapshotRecords(dir, pins, part);
		for (const name of names.filter((file) => file.endsWith(".sqlite") && file !== RECORDS && !TRANSIENT.test(file)))
			snapshot(join(dir, name), join(part, name));
		await mkdir(join(part, CONTENTS), { mode: 0o700 });
		for (const id of readFileIds(join(part, RECORDS))) await copyPinned(join(pins, id), join(part, CONTENTS, id));
		for (const { name } of await regularFiles(dir))
			if (!name.endsWith(".sqlite") && !TRANSIENT.test(name)) await copyFile(join(dir, name), join(part, name));
		const backup = { created: new Date().toISOString(), files: await list(part) };
		await writeFile(join(part, LIST), `${JSON.stringify({ format: FORMAT, ...backup }, null, "\t")}\n`, {
			mode: 0o600,
		});
		await sync(part, [...backup.files.map(({ name }) => name), LIST]);
		await rename(part, out);
		return backup;
	} finally {
		await rm(pins, { recursive: true, force: true });
		await rm(part, { recursive: true, force: true });
	}
}

/**
 * Makes the data directory `dir`, which must not exist or be empty, from the backup `from`. Throws `invalid_config` where a file
 * of the backup is missing, changed or too many, or where the records are not sound.
 */
export async function restore(from: string, dir: string): Promise<Backup> {
	const backup = await readList(from);
	if ((await readdir(dir).catch(() => [])).length > 0) throw refuse(`${dir} is not empty; choose a new data directory`);
	const part = await mkdtemp(`${dir}.part-`);
	try {
		await mkdir(join(part, CONTENTS), { mode: 0o700 });
		for (const { name, sha256 } of backup.files) {
			await copyFile(join(from, name), join(part, name)).catch(() => {
				throw refuse(`${name} is missing from the backup`);
			});
			if ((await digest(join(part, name))) !== sha256) throw refuse(`${name} of the backup has changed`);
		}
		for (const { name } of backup.files) if (name.endsWith(".sqlite")) checkIntegrity(join(part, name));
		const names = backup.files.map(({ name }) => name);
		await sync(part, names);
		await rm(dir, { recursive: true, force: true });
		await rename(part, dir);
		return backup;
	} finally {
		await rm(part, { recursive: true, force: true });
	}
}

function refuse(detail: string, cause?: unknown): SluiceError {
	return new SluiceError("invalid_config", { detail, cause });
}

async function refuseExisting(path: string): Promise<void> {
	const siblings = await readdir(dirname(path)).catch(() => {
		throw refuse(`the folder of ${path} is not there`);
	});
	if (siblings.includes(basename(path))) throw refuse(`${path} is there already; choose another name`);
}

/** A file that came after the first look and was deleted before the second is in the snapshot alone: then another one is taken. */
async function snapshotRecords(dir: string, pins: string, part: string): Promise<void> {
	const to = join(part, RECORDS);
	await pin(join(dir, CONTENTS), pins);
	for (let tries = 1; ; tries++) {
		snapshot(join(dir, RECORDS), to);
		await pin(join(dir, CONTENTS), pins);
		const pinned = new Set(await readdir(pins));
		if (tries === MOST_SNAPSHOTS || readFileIds(to).every((id) => pinned.has(id))) return;
		await rm(to);
	}
}

/** Second names for all whole contents; they stay when the first ones are deleted. */
async function pin(contents: string, pins: string): Promise<void> {
	for (const { name } of await regularFiles(contents)) {
		await link(join(contents, name), join(pins, name)).catch((error: NodeJS.ErrnoException) => {
			if (error.code !== "EEXIST" && error.code !== "ENOENT") throw error;
		});
	}
}

async function copyPinned(pinned: string, to: string): Promise<void> {
	await copyFile(pinned, to, constants.COPYFILE_FICLONE).catch((error: NodeJS.ErrnoException) => {
		if (error.code !== "ENOENT") throw error;
		throw refuse(`the contents of file ${basename(to)} are not there; delete the file, or try again`, error);
	});
}

/** A consistent copy without free pages, so without what was deleted. https://www.sqlite.org/lang_vacuum.html#vacuuminto */
function snapshot(path: string, to: string): void {
	const db = new DatabaseSync(path, { readOnly: true, timeout: 60_000 });
	try {
		db.prepare("VACUUM INTO ?").run(to);
	} finally {
		db.close();
	}
}

function readFileIds(records: string): string[] {
	const db = new DatabaseSync(records, { readOnly: true });
	try {
		return (db.prepare("SELECT id FROM files").all() as { id: string }[]).map(({ id }) => id);
	} finally {
		db.close();
	}
}

function checkIntegrity(path: string): void {
	const db = new DatabaseSync(path, { readOnly: true });
	try {
		const { integrity_check: found } = db.prepare("PRAGMA integrity_check").get() as { integrity_check: string };
		if (found !== "ok") throw refuse(`${basename(path)} of the backup is damaged`);
	} finally {
		db.close();
	}
}

async function regularFiles(dir: string): Promise<{ name: string }[]> {
	return (await readdir(dir, { withFileTypes: true })).filter((entry) => entry.isFile());
}

async function list(dir: string): Promise<Backup["files"]> {
	const names = [
		...(await regularFiles(dir)).map(({ name }) => name),
		...(await regularFiles(join(dir, CONTENTS))).map(({ name }) => `${CONTENTS}/${name}`),
	].sort();
	const files: { name: string; bytes: number; sha256: string }[] = [];
	for (const name of names) {
		const handle = await open(join(dir, name));
		const { size } = await handle.stat().finally(() => handle.close());
		files.push({ name, bytes: size, sha256: await digest(join(dir, name)) });
	}
	return files;
}

async function readList(from: string): Promise<Backup> {
	let parsed: z.infer<typeof ListSchema>;
	try {
		parsed = ListSchema.parse(JSON.parse(await readFile(join(from, LIST), "utf8")));
	} catch (cause) {
		throw refuse(`${from} is no backup: its ${LIST} is missing or cannot be read`, cause);
	}
	const { created, files } = parsed;
	for (const { name } of files)
		if (!/^(files\/)?[\w.-]+$/.test(name) || name.includes(".."))
			throw refuse(`${LIST} names a file outside the backup`);
	if (!files.some(({ name }) => name === RECORDS)) throw refuse(`${from} is no backup: it has no records`);
	return { created, files };
}

async function digest(path: string): Promise<string> {
	const hash = createHash("sha256");
	await pipeline(createReadStream(path), hash);
	return hash.digest("hex");
}

/** On disk before the name that makes them count. */
async function sync(dir: string, names: readonly string[]): Promise<void> {
	for (const name of names) {
		const handle = await open(join(dir, name), "r+");
		await handle.sync().finally(() => handle.close());
	}
}
