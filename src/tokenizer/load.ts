/** Reads tokenizers from disk: a tokenizer.json, or in its stead the cache made of it. */
import { createHash } from "node:crypto";
import { open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { SluiceError } from "../errors.ts";
import { parseTokenizerCache, toTokenizerCache } from "./cache-format.ts";
import { type TokenizerTables, toTokenizerTables } from "./tables.ts";
import { createTokenizerFromTables, type Tokenizer } from "./tokenizer.ts";
import { parseTokenizerFile } from "./tokenizer-file.ts";

/** The name of the cache beside a tokenizer.json. */
export const TOKENIZER_CACHE = "tokenizer.bin";

/** Options of {@link loadTokenizer}. */
export interface LoadTokenizerOptions {
	/** Told why a cache that is there was not used: damaged, of another version, made of another tokenizer.json. */
	readonly onCacheRefused?: ((error: SluiceError) => void) | undefined;
}

/**
 * Reads a tokenizer.json, or the tokenizer.bin beside it where that was made of the very same bytes and is whole; the
 * tokenizer is the same. Throws `invalid_model` when tokenizer.json is missing, malformed or uses an unsupported feature.
 */
export async function loadTokenizer(path: string, { onCacheRefused }: LoadTokenizerOptions = {}): Promise<Tokenizer> {
	try {
		const cache = await readCache(join(dirname(path), TOKENIZER_CACHE));
		if (cache !== undefined) return createTokenizerFromTables(parseTokenizerCache(cache, await hashFile(path)));
	} catch (error) {
		if (!(error instanceof SluiceError)) throw error;
		onCacheRefused?.(error);
	}
	return createTokenizerFromTables(parseTables(await readJson(path)));
}

async function readCache(path: string): Promise<Buffer | undefined> {
	try {
		return await readFile(path);
	} catch (cause) {
		if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw new SluiceError("invalid_model", { detail: `${TOKENIZER_CACHE} cannot be read`, cause });
	}
}

/**
 * Writes the cache of the tokenizer.json at `jsonPath` to `outPath`, whole or not at all. The same tokenizer.json gives the
 * same bytes. Throws `invalid_model` as {@link loadTokenizer} does.
 */
export async function writeTokenizerCache(jsonPath: string, outPath: string): Promise<void> {
	const json = await readJson(jsonPath);
	const tables = parseTables(json);
	createTokenizerFromTables(tables); // what is found only in building
	const part = `${outPath}.${process.pid}.part`;
	try {
		await writeFile(part, toTokenizerCache(tables, createHash("sha256").update(json).digest()));
		await rename(part, outPath);
	} finally {
		await rm(part, { force: true });
	}
}

async function readJson(path: string): Promise<Buffer> {
	try {
		return await readFile(path);
	} catch (cause) {
		throw unreadable(cause);
	}
}

function parseTables(json: Buffer): TokenizerTables {
	let parsed: unknown;
	try {
		parsed = JSON.parse(json.toString("utf8"));
	} catch (cause) {
		throw unreadable(cause);
	}
	return toTokenizerTables(parseTokenizerFile(parsed));
}

function unreadable(cause: unknown): SluiceError {
	return new SluiceError("invalid_model", { detail: "tokenizer.json cannot be read as JSON", cause });
}

/** SHA-256 without holding the file. */
async function hashFile(path: string): Promise<Uint8Array> {
	const hash = createHash("sha256");
	const buffer = new Uint8Array(1 << 20);
	const file = await open(path).catch((cause: unknown) => {
		throw unreadable(cause);
	});
	try {
		for (;;) {
			const { bytesRead } = await file.read(buffer);
			if (bytesRead === 0) return hash.digest();
			hash.update(buffer.subarray(0, bytesRead));
		}
	} finally {
		await file.close();
	}
}
