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

/** Open weights. Every method throws `invalid_weights`, naming file and tensor. */
export interface Weights {
	readonly tensors: ReadonlyMap<string, TensorInfo>;
	/** `__metadata__` of the file; of several shards, the first that names a key. */
	readonly metadata: Readonly<Record<string, string>>;
	/** The tensor's values, row-major; F16 and BF16 are converted exactly, integer dtypes are refused. */
	readF32(name: string): Float32Array;
	/** The tensor's bytes as stored, little-endian, at the start of a buffer of their own. */
	read(name: string): Uint8Array;
	/** Closes the files; reading afterwards throws. */
	close(): void;
}

/**
 * Opens a .safetensors file, an .index.json, or a directory with `model.safetensors` or
 * `model.safetensors.index.json` (the single file wins). Headers are read and checked now, data when asked for.
 */
export function openWeights(path: string): Weights {
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
	return createWeights({ tensors, metadata, descriptors, close, label: basename(resolve(path)) });
}

interface OpenFiles {
	readonly tensors: ReadonlyMap<string, TensorInfo>;
	readonly metadata: Readonly<Record<string, string>>;
	readonly descriptors: ReadonlyMap<string, number>;
	readonly label: string;
	close(): void;
}

function createWeights({ tensors, metadata, descriptors, close, label }: OpenFiles): Weights {
	const find = (name: string): { tensor: TensorInfo; descriptor: number } => {
		const tensor = tensors.get(name);
		if (tensor === undefined) return failWeights(label, `no tensor ${quoteName(name)}`);
		const descriptor = descriptors.get(tensor.file);
		if (descriptor === undefined) throw new SluiceError("internal", { detail: `${label} was closed` });
		return { tensor, descriptor };
	};
	return {
		tensors,
		metadata,
		close,
		read(name) {
			const { tensor, descriptor } = find(name);
			const bytes = new Uint8Array(tensor.length);
			readFully(descriptor, bytes, tensor.offset, tensor);
			return bytes;
		},
		readF32(name) {
			const { tensor, descriptor } = find(name);
			return readFloats(descriptor, tensor);
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

function readFloats(descriptor: number, tensor: TensorInfo): Float32Array {
	const { dtype, length, offset } = tensor;
	if (dtype !== "F32" && dtype !== "F16" && dtype !== "BF16") {
		return failWeights(basename(tensor.file), `tensor ${quoteName(tensor.name)}: ${dtype} is not a float dtype`);
	}
	const out = new Float32Array(length / DTYPE_BYTES[dtype]);
	if (dtype === "F32") {
		readFully(descriptor, new Uint8Array(out.buffer), offset, tensor);
		return out;
	}
	const convert = dtype === "BF16" ? bf16ToF32 : f16ToF32;
	const chunk = new Uint8Array(Math.min(length, CHUNK_BYTES));
	for (let at = 0; at < length; at += chunk.length) {
		const part = chunk.subarray(0, Math.min(chunk.length, length - at));
		readFully(descriptor, part, offset + at, tensor);
		convert(new Uint16Array(part.buffer, 0, part.length / 2), out, at / 2);
	}
	return out;
}
