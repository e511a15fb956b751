/**
 * One file of a hub into `.NAME.part` beside its later place: resumed by range where the server still has the same file,
 * checked by size and hash against the hub's listing. Beside the part, `.NAME.part.json` remembers whose part it is.
 * Ranges and validators: RFC 9110, sections 13.1.5 and 14.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { HubFile, Revision } from "./hub-listing.ts";
import { failed } from "./hub-refusal.ts";
import { type Answer, exchange, type Hub } from "./hub-request.ts";
import { type Attempt, type Failure, retry, throwIfAborted } from "./hub-retry.ts";

const RETRIES = 8;

/** A file of a repository and the directory it goes to. */
export interface Download {
	readonly hub: Hub;
	readonly revision: Revision;
	readonly directory: string;
	readonly file: HubFile;
	/** Bytes of the file that are there; falls back where a part is of no use. */
	readonly onBytes: (bytes: number) => void;
}

/** Where a file is until all are complete. */
export function partPath(directory: string, name: string): string {
	return join(directory, `.${name}.part`);
}

const notePath = (part: string): string => `${part}.json`;

/** Bytes of the file that an earlier download left, at most its size. */
export async function findPartBytes(directory: string, file: HubFile): Promise<number> {
	const part = partPath(directory, file.name);
	const note = await readNote(part);
	return note?.hash === file.hash.hex ? Math.min(await sizeOf(part), file.size) : 0;
}

/** Takes a part and its note away. */
export async function dropPart(directory: string, name: string): Promise<void> {
	const part = partPath(directory, name);
	await rm(part, { force: true });
	await rm(notePath(part), { force: true });
}

/**
 * Completes and checks the part of a file. A part with the wrong hash is thrown away and fetched anew once.
 * Throws `download_failed` naming both hashes, or what stood in the way; `aborted` leaves a part to go on from.
 */
export async function download(job: Download): Promise<void> {
	const { directory, file, hub } = job;
	const part = partPath(directory, file.name);
	if ((await readNote(part))?.hash !== file.hash.hex) await startOver(part, file);
	for (let tries = 0; ; tries++) {
		await fill(job, part);
		const found = await hashFile(part, file, hub.signal);
		if (found === file.hash.hex) return;
		await dropPart(directory, file.name);
		job.onBytes(0);
		if (tries === 1)
			throw failed(
				`${file.name} has the wrong content, twice: the hub lists ${file.hash.hex}, the file hashes to ${found}`,
			);
		await startOver(part, file);
	}
}

/** Hash of a file the way the hub states it for `of`. */
export async function hashFile(path: string, { size, hash }: HubFile, signal?: AbortSignal): Promise<string> {
	const sum = hash.kind === "sha256" ? createHash("sha256") : createHash("sha1").update(`blob ${size}\0`);
	for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) {
		throwIfAborted(signal);
		sum.update(chunk as Buffer);
	}
	return sum.digest("hex");
}

async function sizeOf(path: string): Promise<number> {
	return stat(path).then(
		(stats) => stats.size,
		() => 0,
	);
}

/** Appends to the part until it has the listed size. */
async function fill(job: Download, part: string): Promise<void> {
	const { hub, file, onBytes } = job;
	let farthest = await sizeOf(part);
	await retry<undefined>({ ...hub, retries: RETRIES }, async () => {
		if ((await sizeOf(part)) > file.size) await startOver(part, file);
		onBytes(await sizeOf(part));
		if ((await sizeOf(part)) === file.size) return { value: undefined };
		const failure = await fetchRest(job, part);
		const length = await sizeOf(part);
		if (failure === undefined && length === file.size) return { value: undefined };
		const advanced = length > farthest;
		farthest = Math.max(farthest, length);
		const ended = { failure: failed(`${file.name} ended after ${length} of ${file.size} bytes`) };
		return { ...(failure ?? ended), advanced };
	});
}

async function fetchRest({ hub, revision, file, onBytes }: Download, part: string): Promise<Failure | undefined> {
	const from = await sizeOf(part);
	const etag = (await readNote(part))?.etag;
	const { repo, commit } = revision;
	const request = {
		url: `${hub.endpoint}/${repo}/resolve/${commit}/${encodeURIComponent(file.name)}`,
		subject: { repo, revision: revision.revision, file: file.name },
		headers: from === 0 ? {} : { range: `bytes=${from}-`, ...(etag !== undefined && { "if-range": etag }) },
	};
	const outcome = await exchange<undefined>(hub, request, async (answer): Promise<Attempt<undefined>> => {
		const judged = judge(answer, file, { from, etag });
		if ("startOver" in judged) {
			await startOver(part, file);
			return { failure: failed(judged.startOver) };
		}
		if ("failure" in judged) return judged;
		// A server that does not know ranges, or has another version, sends the whole file.
		if (judged.at === 0) await startOver(part, file, toStrongEtag(answer.headers));
		const handle = await open(part, "a");
		try {
			const broken = await append(handle, answer, { from: judged.at, file, onBytes });
			await handle.datasync();
			return broken ?? { value: undefined };
		} finally {
			await handle.close();
		}
	});
	return "failure" in outcome ? outcome : undefined;
}

type Verdict = { readonly at: number } | { readonly startOver: string } | Failure;

/** Whether the answer is the file the hub lists, and from where on. */
function judge(
	answer: Answer,
	{ name, size, hash }: HubFile,
	asked: { from: number; etag: string | undefined },
): Verdict {
	const { status, headers, host, linkedEtag, linkedSize } = answer;
	const stated = linkedEtag?.replace(/^(?:W\/)?"(.*)"$/, "$1");
	if (
		(linkedSize !== undefined && linkedSize !== size) ||
		(hash.kind === "sha256" && stated !== undefined && /^[0-9a-f]{64}$/.test(stated) && stated !== hash.hex)
	)
		return { failure: failed(`the hub announces another ${name} than it lists`) };
	if (status === 416) return { startOver: `${host} does not have the rest of ${name}` };
	const encoding = headers.get("content-encoding") ?? "identity";
	if (status === 206) {
		const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
		const etag = toStrongEtag(headers);
		const changed = asked.etag !== undefined && etag !== undefined && etag !== asked.etag;
		const fits = range !== null && Number(range[1]) === asked.from && (range[2] === "*" || Number(range[2]) === size);
		if (changed || !fits || encoding !== "identity" || asked.from === 0)
			return { startOver: `${host} has another version of ${name} than the part that is here` };
		return { at: asked.from };
	}
	const length = headers.get("content-length");
	if (encoding === "identity" && length !== null && Number(length) !== size)
		return { failure: failed(`${host} offers ${length} bytes of ${name}, the hub lists ${size}`) };
	return { at: 0 };
}

async function append(
	handle: FileHandle,
	answer: Answer,
	{ from, file, onBytes }: { from: number; file: HubFile; onBytes: (bytes: number) => void },
): Promise<Failure | undefined> {
	let length = from;
	return answer.read(async (chunk) => {
		if (length + chunk.byteLength > file.size) {
			await handle.truncate(0);
			return { failure: failed(`${answer.host} sends more than the ${file.size} bytes of ${file.name}`) };
		}
		await handle.writeFile(chunk);
		length += chunk.byteLength;
		onBytes(length);
		return undefined;
	});
}

/** Weak validators say nothing about bytes (RFC 9110, section 8.8.1). */
function toStrongEtag(headers: Headers): string | undefined {
	const etag = headers.get("etag");
	return etag !== null && /^"[^"]*"$/.test(etag) ? etag : undefined;
}

const NoteSchema = z.object({ hash: z.string(), etag: z.string().optional() });

/** The note is written before the first byte of its part. */
async function startOver(part: string, { hash }: HubFile, etag?: string): Promise<void> {
	await truncate(part, 0).catch(() => writeFile(part, ""));
	await writeFile(notePath(part), JSON.stringify({ hash: hash.hex, etag }));
}

async function readNote(part: string): Promise<z.infer<typeof NoteSchema> | undefined> {
	try {
		return NoteSchema.safeParse(JSON.parse(await readFile(notePath(part), "utf8"))).data;
	} catch {
		return undefined;
	}
}
