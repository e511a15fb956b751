/** A temporary audit directory with what is written to it. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuditLog, type AuditLogOptions, openAuditLog } from "../../src/audit/index.ts";
import { createLog } from "../../src/log.ts";

/** Lines that the log wrote about itself, and the log. */
export interface Place {
	readonly dir: string;
	readonly lines: string[];
	readonly options: AuditLogOptions;
	open(options?: Partial<AuditLogOptions>): Promise<AuditLog>;
	/** All files of the log as one list of lines. */
	read(): Promise<Record<string, unknown>[]>;
	files(): Promise<string[]>;
	/** Rewrites a file of the log, the first one where none is named. */
	rewrite(change: (text: string) => string, file?: string): Promise<void>;
}

/** Runs `use` in a fresh directory and removes it. */
export async function inPlace(use: (place: Place) => Promise<void>): Promise<void> {
	const dir = await mkdtemp(join(tmpdir(), "sluice-audit-"));
	const lines: string[] = [];
	const log = createLog({ level: "info", write: (line) => lines.push(line) });
	const options = { log, gatherMs: 1, retryMs: 5 };
	const files = async (): Promise<string[]> => (await readdir(dir)).filter((name) => name.endsWith(".jsonl")).sort();
	try {
		await use({
			dir,
			lines,
			options,
			open: (more = {}) => openAuditLog(dir, { ...options, ...more }),
			files,
			async read() {
				const texts = await Promise.all((await files()).map((name) => readFile(join(dir, name), "utf8")));
				return texts.flatMap((text) => text.split("\n").slice(0, -1)).map((line) => JSON.parse(line));
			},
			async rewrite(change, file) {
				const path = join(dir, file ?? (await files())[0]!);
				await writeFile(path, change(await readFile(path, "utf8")));
			},
		});
	} finally {
		await rm(dir, { recursive: true, force: true });
	}
}

/** A record of no particular kind. */
export function note(n: number): { kind: string; at: string; n: number } {
	return { kind: "note", at: "2026-01-01T00:00:00.000Z", n };
}

/** A log of `count` notes, closed. */
export async function writeNotes(place: Place, count: number, options?: Partial<AuditLogOptions>): Promise<void> {
	const log = await place.open(options);
	for (let n = 1; n <= count; n++) log.append(note(n));
	await log.close();
}
