/**
 * The header of a safetensors file: bytes in, checked tensor ranges out. Opens no file.
 * Format and its checks: https://huggingface.co/docs/safetensors (8-byte little-endian length, JSON, data without holes).
 */
import { SluiceError } from "../errors.ts";
import { DTYPE_BYTES, type Dtype, isDtype } from "./dtypes.ts";

/** Longest header accepted, in bytes; the limit of the reference implementation. */
export const MAX_HEADER_BYTES: number = 100_000_000;

/** One tensor as the header gives it; `begin` and `end` count bytes from the end of the header. */
export interface HeaderEntry {
	readonly name: string;
	readonly dtype: Dtype;
	readonly shape: readonly number[];
	readonly begin: number;
	readonly end: number;
}

/** Throws `invalid_weights`; `file` and the quoted tensor name are what the reader of the message can look for. */
export function failWeights(file: string, message: string, cause?: unknown): never {
	throw new SluiceError("invalid_weights", { detail: `${file}: ${message}`, cause });
}

/** A tensor name as error messages show it: quoted, control characters escaped, at most 200 characters. */
export function quoteName(name: string): string {
	return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}

/**
 * Parses and checks a header; `dataBytes` is what the file holds after it. Entries come in the order of their bytes.
 * Throws `invalid_weights` naming the file and the tensor.
 */
export function parseHeader(
	bytes: Uint8Array,
	file: string,
	dataBytes: number,
): { entries: HeaderEntry[]; metadata: Record<string, string> } {
	const raw = parseJson(bytes, file);
	const entries: HeaderEntry[] = [];
	let metadata: Record<string, string> = {};
	for (const [name, value] of Object.entries(raw)) {
		if (name === "__metadata__") metadata = parseMetadata(value, file);
		else entries.push(parseEntry(name, value, file));
	}
	entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
	checkRanges(entries, file, dataBytes);
	return { entries, metadata };
}

function parseJson(bytes: Uint8Array, file: string): Record<string, unknown> {
	let text: string;
	try {
		text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch (cause) {
		return failWeights(file, "the header is not UTF-8", cause);
	}
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		// V8's message quotes the input, so it is not passed on
		return failWeights(file, "the header is not valid JSON");
	}
	if (!isRecord(value)) return failWeights(file, "the header is not a JSON object");
	const twice = findDuplicateKey(text);
	if (twice !== undefined) failWeights(file, `${quoteName(twice)} appears twice in the header`);
	return value;
}

/** Whether a parsed JSON value is an object (neither null nor an array). */
export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The first key that occurs twice in one object of a valid JSON text; JSON.parse would keep the last in silence. */
export function findDuplicateKey(json: string): string | undefined {
	const open: Set<string>[] = [];
	for (let at = 0; at < json.length; at++) {
		const character = json[at];
		if (character === "{") open.push(new Set());
		else if (character === "}") open.pop();
		else if (character === '"') {
			const end = stringEnd(json, at);
			let next = end;
			while (json.charCodeAt(next) <= 0x20) next++;
			if (json[next] === ":") {
				const key: string = JSON.parse(json.slice(at, end));
				const keys = open.at(-1);
				if (keys?.has(key)) return key;
				keys?.add(key);
			}
			at = end - 1;
		}
	}
	return undefined;
}

/** The index just after the string that opens at `at`. */
function stringEnd(json: string, at: number): number {
	let end = at + 1;
	while (json[end] !== '"') end += json[end] === "\\" ? 2 : 1;
	return end + 1;
}

function parseMetadata(value: unknown, file: string): Record<string, string> {
	if (!isRecord(value)) return failWeights(file, "__metadata__ is not an object");
	const pairs: [string, string][] = [];
	for (const [key, text] of Object.entries(value)) {
		if (typeof text !== "string") return failWeights(file, `__metadata__ ${quoteName(key)} is not a string`);
		pairs.push([key, text]);
	}
	return Object.fromEntries(pairs);
}

function isCount(value: unknown): value is number {
	return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parseEntry(name: string, value: unknown, file: string): HeaderEntry {
	const fail = (message: string): never => failWeights(file, `tensor ${quoteName(name)}: ${message}`);
	if (!isRecord(value)) return fail("its entry is not an object");
	const { dtype, shape, data_offsets: offsets, ...rest } = value;
	const unknownField = Object.keys(rest)[0];
	if (unknownField !== undefined) return fail(`unknown field ${quoteName(unknownField)}`);
	if (!isDtype(dtype)) return fail(`dtype ${quoteName(String(dtype))} is not supported`);
	if (!Array.isArray(shape) || !shape.every(isCount)) return fail("shape is not a list of sizes");
	if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
		return fail("data_offsets are not two byte positions");
	}
	const [begin, end] = offsets as [number, number];
	if (end < begin) return fail(`data_offsets [${begin}, ${end}] run backwards`);
	const bytes = shape.reduce((product: number, size) => product * size, DTYPE_BYTES[dtype]);
	if (bytes !== end - begin) {
		return fail(`${dtype} [${shape.join(", ")}] takes ${bytes} bytes, data_offsets give ${end - begin}`);
	}
	return { name, dtype, shape, begin, end };
}

function checkRanges(entries: readonly HeaderEntry[], file: string, dataBytes: number): void {
	let at = 0;
	let before = "";
	for (const { name, begin, end } of entries) {
		const tensor = `tensor ${quoteName(name)}`;
		if (begin < at) failWeights(file, `${tensor} overlaps ${quoteName(before)}`);
		if (begin > at) failWeights(file, `${tensor} leaves a hole of ${begin - at} bytes before it`);
		if (end > dataBytes) {
			failWeights(file, `${tensor} ends at data byte ${end}, but the file holds ${dataBytes}: truncated?`);
		}
		at = end;
		before = name;
	}
	if (at !== dataBytes) failWeights(file, `${dataBytes - at} bytes after the last tensor belong to none`);
}
