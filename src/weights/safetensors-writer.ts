/**
 * Writes one safetensors file. Data starts at a multiple of 8 bytes; tensors lie in the order given, without holes.
 * Format: https://huggingface.co/docs/safetensors
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { basename } from "node:path";
import { DTYPE_BYTES, type Dtype } from "./dtypes.ts";
import { failWeights, quoteName } from "./safetensors-header.ts";

/** A tensor to write: `data` holds the little-endian values of `shape`, row-major. */
export interface TensorData {
	readonly name: string;
	readonly dtype: Dtype;
	readonly shape: readonly number[];
	readonly data: ArrayBufferView;
}

/** Writes the tensors to `path`, replacing it. Throws `invalid_weights` where data and shape disagree or a name repeats. */
export function writeSafetensors(
	path: string,
	tensors: readonly TensorData[],
	metadata?: Readonly<Record<string, string>>,
): void {
	const file = basename(path);
	const entries = new Map<string, unknown>(metadata === undefined ? [] : [["__metadata__", metadata]]);
	let at = 0;
	for (const { name, dtype, shape, data } of tensors) {
		const bytes = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]);
		if (bytes !== data.byteLength) {
			failWeights(file, `tensor ${quoteName(name)}: shape takes ${bytes} bytes, data has ${data.byteLength}`);
		}
		if (entries.has(name) || name === "__metadata__") failWeights(file, `tensor ${quoteName(name)} is given twice`);
		entries.set(name, { dtype, shape, data_offsets: [at, at + bytes] });
		at += bytes;
	}
	const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
	const header = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, " ");
	header.writeBigUInt64LE(BigInt(header.length - 8));
	json.copy(header, 8);
	const descriptor = openSync(path, "w");
	try {
		writeFully(descriptor, header);
		for (const { data } of tensors) writeFully(descriptor, data);
	} finally {
		closeSync(descriptor);
	}
}

function writeFully(descriptor: number, data: ArrayBufferView): void {
	const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
	for (let done = 0; done < bytes.length; ) {
		done += writeSync(descriptor, bytes, done, Math.min(bytes.length - done, 1 << 30));
	}
}
