/**
 * One queue file as a process has it open: the connection, the writer that groups its commits, the wake-ups, the messages.
 * All queues and workers of the process share it.
 */
import { SluiceError } from "../../errors.ts";
import { type Changes, createChanges } from "./changes.ts";
import { type Database, openDatabase } from "./database.ts";
import { createMessages, type Messages } from "./messages.ts";
import { prepareSchema } from "./schema.ts";
import { createWriter, type Writer } from "./writer.ts";

/** An open queue file. */
export interface SqliteFile {
	readonly database: Database;
	readonly writer: Writer;
	readonly changes: Changes;
	readonly messages: Messages;
	/** Commits what waits and closes the file. */
	close(): void;
}

const BUSY_TIMEOUT_MS = 10_000;

/** Opens a queue file, made where there is none; `queue_unavailable` where it cannot be. */
export async function openFile(path: string, onError: (error: Error) => void): Promise<SqliteFile> {
	let database: Database | undefined;
	try {
		database = openDatabase(path, BUSY_TIMEOUT_MS);
		await prepareSchema(database);
	} catch (cause) {
		database?.close();
		if (cause instanceof SluiceError) throw cause;
		throw new SluiceError("queue_unavailable", { detail: "The queue file could not be opened", cause });
	}
	const opened = database;
	const changes = createChanges(opened, onError);
	const writer = createWriter(opened, changes.announce);
	return {
		database: opened,
		writer,
		changes,
		messages: createMessages({ database: opened, writer, changes, onError }),
		close() {
			writer.close();
			changes.close();
			opened.close();
		},
	};
}
