/**
 * A tokenizer's tables as one file that needs no parsing: header, arrays as they lie in memory, SHA-256 of all before it.
 * The header names the tokenizer.json by its SHA-256. Raise VERSION with any change of what is made of a tokenizer.json.
 *
 * Little-endian. Bytes 0 "SLUICTOK", 8 version, 12 flags, 16 ids, 20 UTF-16 units, 24 merges, 28 zero, 32 SHA-256 of the
 * tokenizer.json; from 64 on the arrays in the order of `toSections`.
 */
import { createHash } from "node:crypto";
import { endianness } from "node:os";
import { SluiceError } from "../errors.ts";
import type { TokenizerTables } from "./tables.ts";

const MAGIC = "SLUICTOK";
const VERSION = 1;
const HEADER = 64;
const DIGEST = 32;
const FLAGS = ["prepend", "independentWords", "stripsSpace"] as const;
const BYTES = 256;

/** The arrays of the tables, widest first so that each is aligned. */
function toSections({ vocabulary, merges, bytes }: TokenizerTables): readonly ArrayBufferView[] {
	const { offsets, units, kinds } = vocabulary;
	return [bytes, offsets, merges.left, merges.right, merges.result, units, kinds];
}

/** The file. `source` is the SHA-256 of the tokenizer.json, 32 bytes. Throws `invalid_model` on big-endian machines. */
export function toTokenizerCache(tables: TokenizerTables, source: Uint8Array): Uint8Array {
	checkEndianness();
	const sections = toSections(tables);
	const size = sections.reduce((sum, section) => sum + section.byteLength, HEADER);
	const file = new Uint8Array(size + DIGEST);
	const header = new DataView(file.buffer, 0, HEADER);
	const { kinds, units } = tables.vocabulary;
	const flags = FLAGS.reduce((bits, name, i) => bits | (tables[name] ? 1 << i : 0), 0);
	file.set(new TextEncoder().encode(MAGIC));
	const fields = [VERSION, flags, kinds.length, units.length, tables.merges.left.length];
	for (const [i, value] of fields.entries()) header.setUint32(8 + 4 * i, value, true);
	file.set(source, 32);
	let at = HEADER;
	for (const section of sections) {
		file.set(new Uint8Array(section.buffer, section.byteOffset, section.byteLength), at);
		at += section.byteLength;
	}
	file.set(sha256(file.subarray(0, size)), size);
	return file;
}

/**
 * The tables in a file, without copying. Throws `invalid_model` where it is damaged, of another version or was made of
 * another tokenizer.json than the one whose SHA-256 is `source`.
 */
export function parseTokenizerCache(bytes: Uint8Array, source: Uint8Array): TokenizerTables {
	checkEndianness();
	// arrays of 32 bits must begin at a multiple of four
	const file = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
	const { flags, ids, units, merges } = readHeader(file, source);
	let at = file.byteOffset + HEADER;
	const take = <T extends ArrayBufferView>(type: ArrayType<T>, length: number): T => {
		const array = new type(file.buffer, at, length);
		at += array.byteLength;
		return array;
	};
	const byteIds = take(Int32Array, BYTES);
	const offsets = take(Uint32Array, ids + 1);
	const left = take(Int32Array, merges);
	const right = take(Int32Array, merges);
	const result = take(Int32Array, merges);
	const isOn = (name: (typeof FLAGS)[number]): boolean => (flags & (1 << FLAGS.indexOf(name))) !== 0;
	return {
		vocabulary: { offsets, units: take(Uint16Array, units), kinds: take(Uint8Array, ids) },
		merges: { left, right, result },
		bytes: byteIds,
		prepend: isOn("prepend"),
		independentWords: isOn("independentWords"),
		stripsSpace: isOn("stripsSpace"),
	};
}

interface Header {
	readonly flags: number;
	readonly ids: number;
	readonly units: number;
	readonly merges: number;
}

/** Reads the header and checks the file against it and against its SHA-256. */
function readHeader(file: Uint8Array, source: Uint8Array): Header {
	if (file.length < HEADER + DIGEST) fail("is cut short");
	if (!isEqual(file.subarray(0, 8), new TextEncoder().encode(MAGIC))) fail("is no tokenizer cache");
	const header = new DataView(file.buffer, file.byteOffset, HEADER);
	const [version, flags, ids, units, merges] = [8, 12, 16, 20, 24].map((at) => header.getUint32(at, true)) as Numbers;
	if (version !== VERSION) fail(`has version ${version}, not ${VERSION}`);
	if (!isEqual(file.subarray(32, HEADER), source)) fail("was made of another tokenizer.json");
	const size = HEADER + 4 * (BYTES + ids + 1 + 3 * merges) + 2 * units + ids;
	if (file.length !== size + DIGEST) fail("has another size than it says");
	if (!isEqual(sha256(file.subarray(0, size)), file.subarray(size))) fail("is damaged");
	return { flags, ids, units, merges };
}

type Numbers = [number, number, number, number, number];
type ArrayType<T> = new (buffer: ArrayBufferLike, from: number, length: number) => T;

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
	return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function sha256(bytes: Uint8Array): Uint8Array {
	return createHash("sha256").update(bytes).digest();
}

function checkEndianness(): void {
	if (endianness() !== "LE") fail("is for little-endian machines");
}

function fail(problem: string): never {
	throw new SluiceError("invalid_model", { detail: `tokenizer.bin ${problem}` });
}
