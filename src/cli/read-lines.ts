/**
 * Lines of a UTF-8 file as a stream, decompressed when its name ends in .xz; memory holds one chunk and one line.
 * Splits at line feeds only: JSON may hold U+2028 and carriage returns, which node:readline would split at.
 */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Readable } from "node:stream";
import xz from "xz-decompress";
import { SluiceError } from "../errors.ts";

/** Longest line in UTF-16 code units; longer means the file is not made of lines. */
const MAX_LINE = 64 * 1024 * 1024;

/** The lines without their line breaks. Throws `invalid_request` for a file that cannot be opened, is broken xz, or is not UTF-8. */
export async function* readLines(path: string): AsyncGenerator<string> {
	const file = await open(path).catch((cause: unknown) => {
		throw new SluiceError("invalid_request", {
			detail: `cannot open ${path} (${(cause as NodeJS.ErrnoException).code})`,
			cause,
		});
	});
	await file.close();
	const decoder = new TextDecoder("utf-8", { fatal: true });
	let rest = "";
	try {
		for await (const chunk of readBytes(path)) {
			const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
			rest = lines.pop()!;
			if (rest.length > MAX_LINE) throw new RangeError("a line is too long");
			yield* lines;
		}
		rest += decoder.decode();
	} catch (cause) {
		const what = path.endsWith(".xz") ? "is cut off, damaged, or no .xz file" : "cannot be read as lines";
		throw new SluiceError("invalid_request", { detail: `${path} ${what} of UTF-8 text`, cause });
	}
	if (rest !== "") yield rest;
}

/** The bytes of a file, decompressed when its name ends in .xz. Throws what Node or the decompressor says. */
export async function* readBytes(path: string): AsyncGenerator<Uint8Array> {
	const bytes = createReadStream(path);
	if (!path.endsWith(".xz")) {
		yield* bytes;
		return;
	}
	try {
		yield* new xz.XzReadableStream(Readable.toWeb(bytes) as ReadableStream<Uint8Array>);
	} finally {
		bytes.destroy();
	}
}
