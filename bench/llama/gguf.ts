/**
 * Writes GGUF v3 files as a stream: header, then tensors from a repeated pool of bytes, so that size costs no memory.
 * Knows neither architectures nor block formats. https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
import { open } from "node:fs/promises";

/** A metadata value; whole numbers are uint32 unless tagged otherwise. */
export type MetadataValue =
	| string
	| boolean
	| { readonly uint32: number }
	| { readonly float32: number }
	| { readonly strings: readonly string[] }
	| { readonly float32s: readonly number[] }
	| { readonly int32s: readonly number[] };

/** A tensor to write; `shape` has the row length first, as ggml counts. */
export interface GgufTensor {
	readonly name: string;
	readonly shape: readonly number[];
	/** Number in `enum ggml_type`. */
	readonly type: number;
	readonly bytes: number;
	/** Repeated until `bytes` are written, from a start that moves from tensor to tensor. */
	readonly pool: Uint8Array;
	/** Bytes of one block: repeats begin at multiples of it. */
	readonly block: number;
}

const ALIGNMENT = 32;
const TYPES = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 };

/** Writes the file; returns its size in bytes. */
export async function writeGguf(
	path: string,
	metadata: Readonly<Record<string, MetadataValue>>,
	tensors: readonly GgufTensor[],
): Promise<number> {
	const offsets: number[] = [];
	let end = 0;
	for (const { bytes } of tensors) {
		offsets.push(align(end));
		end = align(end) + bytes;
	}
	const header = toHeader(metadata, tensors, offsets);
	const file = await open(path, "w");
	try {
		await file.write(header, 0, header.length, 0);
		for (const [i, tensor] of tensors.entries()) {
			const start = header.length + offsets[i]!;
			let at = ((i * 7919) % (tensor.pool.length / tensor.block)) * tensor.block;
			for (let done = 0; done < tensor.bytes; ) {
				const length = Math.min(tensor.bytes - done, tensor.pool.length - at);
				await file.write(tensor.pool, at, length, start + done);
				done += length;
				at = 0;
			}
		}
		await file.truncate(header.length + align(end));
	} finally {
		await file.close();
	}
	return header.length + align(end);
}

function align(offset: number): number {
	return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

function toHeader(
	metadata: Readonly<Record<string, MetadataValue>>,
	tensors: readonly GgufTensor[],
	offsets: readonly number[],
): Buffer {
	const parts: Buffer[] = [Buffer.from("GGUF"), uint32(3), uint64(tensors.length)];
	parts.push(uint64(Object.keys(metadata).length));
	for (const [key, value] of Object.entries(metadata)) parts.push(text(key), ...toBytes(value));
	for (const [i, { name, shape, type }] of tensors.entries()) {
		parts.push(text(name), uint32(shape.length), ...shape.map(uint64), uint32(type), uint64(offsets[i]!));
	}
	const length = parts.reduce((sum, part) => sum + part.length, 0);
	return Buffer.concat(parts, align(length));
}

function toBytes(value: MetadataValue): Buffer[] {
	if (typeof value === "string") return [uint32(TYPES.string), text(value)];
	if (typeof value === "boolean") return [uint32(TYPES.bool), Buffer.from([value ? 1 : 0])];
	if ("uint32" in value) return [uint32(TYPES.uint32), uint32(value.uint32)];
	if ("float32" in value) return [uint32(TYPES.float32), Buffer.from(Float32Array.of(value.float32).buffer)];
	const array = (type: number, length: number, ...parts: Buffer[]): Buffer[] => {
		return [uint32(TYPES.array), uint32(type), uint64(length), ...parts];
	};
	if ("strings" in value) return array(TYPES.string, value.strings.length, Buffer.concat(value.strings.map(text)));
	if ("float32s" in value) {
		return array(TYPES.float32, value.float32s.length, Buffer.from(Float32Array.from(value.float32s).buffer));
	}
	return array(TYPES.int32, value.int32s.length, Buffer.from(Int32Array.from(value.int32s).buffer));
}

function uint32(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32LE(value);
	return bytes;
}

function uint64(value: number): Buffer {
	const bytes = Buffer.alloc(8);
	bytes.writeBigUInt64LE(BigInt(value));
	return bytes;
}

function text(value: string): Buffer {
	const bytes = Buffer.from(value, "utf8");
	return Buffer.concat([uint64(bytes.length), bytes]);
}
