/**
 * Reads safetensors weights: one file, or shards under a model.safetensors.index.json.
 * Ranged reads only: what is in memory is the header and the tensor asked for. Knows no model.
 */
import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { SluiceError } from "../errors.ts";
import { bf16ToF32, DTYPE_BYTES, type Dtype, f16ToF32 } from "./dtypes.ts";
import { failWeights, MAX_HEADER_BYTES, parseHeader, quoteName } from "./safetensors-header.ts";
import { locateWeights } from "./safetensors-index.ts";

const CHUNK_BYTES = 1 << 20;

/** Where one tensor lies: `file` is an absolute path, `offset` and `length` the byte range inside that file. */
export interface TensorInfo {
	readonly name: string;
	readonly dtype: Dtype;
	readonly shape: readonly number[];
	readonly file: string;
	readonly offset: number;
	readonly length: number;
}

/** Rows `start` ... `end - 1` of a tensor: places along its first axis. `into` takes the values instead of a new array. */
export interface RowRange {
	readonly start: number;
	readonly end: number;
	readonly into?: Float32Array | undefined;
}

/** Told of bytes of a tensor as they are read: `at` counts from its first byte. */
export type ReadObserver = (tensor: TensorInfo, at: number, bytes: Uint8Array) => void;

/** Open weights. Every method throws `invalid_weights`, naming file and tensor. */
export interface Weights {
	readonly tensors: ReadonlyMap<string, TensorInfo>;
	/** `__metadata__` of the file; of several shards, the first that names a key. */
	readonly metadata: Readonly<Record<string, string>>;
	/** The values of a tensor or of some of its rows, row-major; F16 and BF16 are exact, integer dtypes are refused. */
	readF32(name: string, rows?: RowRange): Float32Array;
	/** The tensor's bytes as stored, little-endian, at the start of a buffer of their own. */
	read(name: string): Uint8Array;
	/** The same in pieces; each is good until the next is asked for. */
	readPieces(name: string): Iterable<Uint8Array>;
	/** Closes the files; reading afterwards throws. */
	close(): void;
}

/**
 * Opens a .safetensors file, an .index.json, or a directory with `model.safetensors` or
 * `model.safetensors.index.json` (the single file wins). Headers are read and checked now, data when asked for;
 * `onRead` is told of all data.
 */
export function openWeights(path: string, onRead?: ReadObserver): Weights {
	const { directory, shards } = locateWeights(path);
	const tensors = new Map<string, TensorInfo>();
	const descriptors = new Map<string, number>();
	let metadata: Record<string, string> = {};
	const close = (): void => {
		for (const descriptor of descriptors.values()) closeSync(descriptor);
		descriptors.clear();
	};
	try {
		for (const [shard, names] of shards) {
			const file = resolve(directory, shard);
			const descriptor = openShard(file);
			descriptors.set(file, descriptor);
			const header = readHeader(descriptor, file);
			if (names !== undefined) checkShard(shard, names, header.tensors);
			for (const tensor of header.tensors) tensors.set(tensor.name, tensor);
			metadata = { ...header.metadata, ...metadata };
		}
	} catch (error) {
		close();
		throw error;
	}
	return createWeights({ tensors, metadata, descriptors, close, onRead, label: basename(resolve(path)) });
}

interface OpenFiles {
	readonly tensors: ReadonlyMap<string, TensorInfo>;
	readonly metadata: Readonly<Record<string, string>>;
	readonly descriptors: ReadonlyMap<string, number>;
	readonly label: string;
	readonly onRead: ReadObserver | undefined;
	close(): void;
}

/** Fills `bytes` with those of a tensor from its byte `at`. */
type ReadBytes = (bytes: Uint8Array, at: number) => void;

function createWeights({ tensors, metadata, descriptors, close, onRead, label }: OpenFiles): Weights {
	const find = (name: string): { tensor: TensorInfo; readBytes: ReadBytes } => {
		const tensor = tensors.get(name);
		if (tensor === undefined) return failWeights(label, `no tensor ${quoteName(name)}`);
		const descriptor = descriptors.get(tensor.file);
		if (descriptor === undefined) throw new SluiceError("internal", { detail: `${label} was closed` });
		const readBytes: ReadBytes = (bytes, at) => {
			readFully(descriptor, bytes, tensor.offset + at, tensor);
			onRead?.(tensor, at, bytes);
		};
		return { tensor, readBytes };
	};
	return {
		tensors,
		metadata,
		close,
		read(name) {
			const { tensor, readBytes } = find(name);
			const bytes = new Uint8Array(tensor.length);
			readBytes(bytes, 0);
			return bytes;
		},
		*readPieces(name) {
			const { tensor, readBytes } = find(name);
			yield* inChunks(tensor.length, readBytes);
		},
		readF32(name, rows) {
			const { tensor, readBytes } = find(name);
			return readFloats(tensor, readBytes, rows);
		},
	};
}

function openShard(file: string): number {
	const name = basename(file);
	const stats = statSync(file, { throwIfNoEntry: false });
	if (stats === undefined) return failWeights(name, "the file is missing");
	if (!stats.isFile()) return failWeights(name, "not a regular file");
	try {
		return openSync(file, "r");
	} catch (cause) {
		return failWeights(name, "the file cannot be opened", cause);
	}
}

function readHeader(descriptor: number, file: string): { tensors: TensorInfo[]; metadata: Record<string, string> } {
	const name = basename(file);
	const size = fstatSync(descriptor).size;
	if (size < 8) return failWeights(name, `${size} bytes are too few for a header: truncated?`);
	const prefix = new Uint8Array(8);
	readFully(descriptor, prefix, 0, { name: "(header)", file });
	const length = new DataView(prefix.buffer).getBigUint64(0, true);
	if (length > BigInt(MAX_HEADER_BYTES)) {
		return failWeights(name, `a header of ${length} bytes exceeds the limit of ${MAX_HEADER_BYTES}`);
	}
	const start = 8 + Number(length);
	if (start > size) return failWeights(name, `the header ends at byte ${start}, the file at ${size}: truncated?`);
	const bytes = new Uint8Array(Number(length));
	readFully(descriptor, bytes, 8, { name: "(header)", file });
	const { entries, metadata } = parseHeader(bytes, name, size - start);
	const tensors = entries.map(
		({ begin, end, ...entry }): TensorInfo => ({ ...entry, file, offset: start + begin, length: end - begin }),
	);
	return { tensors, metadata };
}

function checkShard(shard: string, names: ReadonlySet<string>, tensors: readonly TensorInfo[]): void {
	const present = new Set(tensors.map(({ name }) => name));
	for (const name of names) {
		if (!present.has(name)) failWeights(shard, `tensor ${quoteName(name)} is in the index but not in the file`);
	}
	for (const name of present) {
		if (!names.has(name)) failWeights(shard, `tensor ${quoteName(name)} is in the file, but the index does not say so`);
	}
}

/** Fills `into` from `position`; a file that ends early (cut after it was opened) is an error, never zeros. */
function readFully(
	descriptor: number,
	into: Uint8Array,
	position: number,
	tensor: { name: string; file: string },
): void {
	for (let done = 0; done < into.length; ) {
		const length = Math.min(into.length - done, 1 << 30);
		const read = readSync(descriptor, into, done, length, position + done);
		if (read === 0) failWeights(basename(tensor.file), `tensor ${quoteName(tensor.name)}: the file ends too early`);
		done += read;
	}
}

function readFloats(tensor: TensorInfo, readBytes: ReadBytes, rows?: RowRange): Float32Array {
	const { dtype, length, shape } = tensor;
	const fail = (message: string): never =>
		failWeights(basename(tensor.file), `tensor ${quoteName(tensor.name)}: ${message}`);
	if (dtype !== "F32" && dtype !== "F16" && dtype !== "BF16") return fail(`${dtype} is not a float dtype`);
	const each = DTYPE_BYTES[dtype];
	const count = shape[0] ?? 1;
	const { start, end, into } = rows ?? { start: 0, end: count };
	if (start < 0 || end < start || end > count) fail(`has no rows ${start} to ${end}`);
	const rowLength = count === 0 ? 0 : length / each / count;
	const values = (end - start) * rowLength;
	const out = into === undefined ? new Float32Array(values) : into.subarray(0, values);
	if (out.length !== values) fail(`${values} values do not fit into ${out.length}`);
	const first = start * rowLength * each;
	if (dtype === "F32") {
		readBytes(new Uint8Array(out.buffer, out.byteOffset, out.byteLength), first);
		return out;
	}
	const convert = dtype === "BF16" ? bf16ToF32 : f16ToF32;
	let at = 0;
	for (const chunk of inChunks(values * each, (bytes, from) => readBytes(bytes, first + from))) {
		convert(new Uint16Array(chunk.buffer, 0, chunk.length / 2), out, at);
		at += chunk.length / 2;
	}
	return out;
}

/** Reads `length` bytes through one small buffer. */
function* inChunks(length: number, readBytes: ReadBytes): Generator<Uint8Array> {
	const chunk = new Uint8Array(Math.min(length, CHUNK_BYTES));
	for (let at = 0; at < length; at += chunk.length) {
		const part = chunk.subarray(0, Math.min(chunk.length, length - at));
		readBytes(part, at);
		yield part;
	}
}
