/**
 * What came out of a batch as files, in input order, in OpenAI's shape: answers in one, lines that got none or a refusal in
 * the other. Written page by page; a file that is there already has been written whole.
 */
import { createHash } from "node:crypto";
import { type BatchRecord, createFileId, type FinishedItem, NO_RESPONSE, type Store } from "../store/index.ts";

/** Lines read at once. */
const PAGE = 256;

/** The names of a batch's two files, chosen before they are written. */
export interface OutputFiles {
	readonly outputFile: string | null;
	readonly errorFile: string | null;
}

/** Names for the files that the batch needs; those chosen before, if any. */
export function planOutput(store: Store, { seq, outputFile, errorFile }: BatchRecord): OutputFiles {
	if (outputFile !== null || errorFile !== null) return { outputFile, errorFile };
	const needs = (ok: boolean): boolean => store.items.page(seq, { afterLine: 0, limit: 1, ok }).length > 0;
	return { outputFile: needs(true) ? createFileId() : null, errorFile: needs(false) ? createFileId() : null };
}

/** How long the files are kept where the batch does not say, ms; and what ends the writing. */
export interface WriteOptions {
	readonly keepMs: number;
	readonly signal: AbortSignal;
}

/** Writes both files and their records; throws the signal's reason, leaving nothing half-written. */
export async function writeOutput(store: Store, batch: BatchRecord, { keepMs, signal }: WriteOptions): Promise<void> {
	for (const [id, ok] of [
		[batch.outputFile, true],
		[batch.errorFile, false],
	] as const) {
		if (id === null || store.files.has(id)) continue;
		const bytes = await writeOne(store, batch, { id, ok, signal });
		const createdMs = Date.now();
		store.files.insert({
			id,
			tenant: batch.tenant,
			purpose: "batch_output",
			filename: `${batch.id}_${ok ? "output" : "error"}.jsonl`,
			bytes,
			createdMs,
			expiresMs: createdMs + (batch.outputExpiresMs ?? keepMs),
		});
	}
}

async function writeOne(
	store: Store,
	batch: BatchRecord,
	{ id, ok, signal }: { id: string; ok: boolean; signal: AbortSignal },
): Promise<number> {
	const writer = await store.contents.create(id);
	try {
		let afterLine = 0;
		for (;;) {
			const page = store.items.page(batch.seq, { afterLine, limit: PAGE, ok });
			if (page.length === 0) break;
			await writer.write(Buffer.from(page.map((item) => toOutputLine(batch.id, item)).join("")));
			afterLine = page.at(-1)!.line;
			signal.throwIfAborted();
			await new Promise(setImmediate); // other work goes on between two pages
		}
		return await writer.commit();
	} finally {
		await writer.discard();
	}
}

/** One line of an output or error file. Ids derive from batch and line, so that writing again writes the same. */
export function toOutputLine(batch: string, { line, status, body, customId }: FinishedItem): string {
	const name = createHash("sha256").update(`${batch}/${line}`).digest("hex").slice(0, 24);
	const id = `"id":"batch_req_${name}","custom_id":${JSON.stringify(customId)}`;
	if (status === NO_RESPONSE) return `{${id},"response":null,"error":${body}}\n`;
	const response = `{"status_code":${status},"request_id":${JSON.stringify(toRequestId(batch, line))},"body":${body}}`;
	return `{${id},"response":${response},"error":null}\n`;
}

/** The request id that a line of a batch goes by, in its answer and in logs. */
export function toRequestId(batch: string, line: number): string {
	return `${batch}.${line}`;
}
