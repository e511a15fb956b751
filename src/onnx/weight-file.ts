/**
 * The data file beside .onnx files: weights one after another, written in pieces, hashed on the way. A file that was cut
 * short is continued behind the last group whose bytes are proved by what was noted of it.
 * https://onnx.ai/onnx/repo-docs/ExternalData.html
 */
import { createHash, type Hash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import { SluiceError } from "../errors.ts";
import { ELEMENT_TYPES } from "./element-types.ts";
import type { WeightGroup } from "./graph.ts";
import type { ExternalLocation, TensorSpec } from "./model-proto.ts";
import { countElements, formatShape } from "./shape.ts";

/** Weights start at multiples of this, for vector loads from mapped memory. */
export const ALIGNMENT = 64;
const CHUNK_BYTES = 1 << 20;
/** What one call of the system takes. */
const MOST_BYTES = 1 << 30;

/** A group in the file: where its tensors lie, and the SHA-256 (hex) of all bytes up to its end. */
export interface WrittenGroup {
	readonly locations: readonly (readonly [name: string, offset: number, length: number])[];
	readonly end: number;
	readonly sha256: string;
}

/** How to write. */
export interface WriteOptions {
	/** What `onWritten` was given when the same groups were written to the same path before. */
	readonly written?: readonly WrittenGroup[] | undefined;
	/** Called for each group whose bytes are in the file. */
	readonly onWritten?: ((group: WrittenGroup) => void | Promise<void>) | undefined;
	/** Groups done, those skipped included, of all. */
	readonly onGroup?: ((done: number, total: number) => void) | undefined;
}

/** A complete data file; `locations` by name of the tensor, `sha256` in hex. */
export interface WrittenWeights {
	readonly locations: ReadonlyMap<string, ExternalLocation>;
	readonly bytes: number;
	readonly sha256: string;
}

/**
 * Writes the weights to `path`, a piece in memory at a time. Groups whose names are all known already are skipped, so graphs
 * that share weights share one file. Throws `invalid_graph` where a group's bytes do not fill its tensors.
 */
export async function writeWeights(
	path: string,
	groups: readonly WeightGroup[],
	{ written = [], onWritten, onGroup }: WriteOptions = {},
): Promise<WrittenWeights> {
	const locations = new Map<string, ExternalLocation>();
	const place = (group: WrittenGroup): void => {
		for (const [name, offset, length] of group.locations) {
			locations.set(name, { location: basename(path), offset, length });
		}
	};
	const file = await open(path, written.length === 0 ? "wx" : "r+");
	try {
		const sink = await openSink(file, written);
		for (const group of sink.kept) place(group);
		for (const [i, group] of groups.entries()) {
			if (!group.specs.every(({ name }) => locations.has(name))) {
				const done = await writeGroup(sink, group);
				place(done);
				await onWritten?.(done);
			}
			onGroup?.(i + 1, groups.length);
		}
		await file.sync();
		return { locations, bytes: sink.end, sha256: sink.digest() };
	} finally {
		await file.close();
	}
}

/** Bytes in groups that would be written, gaps between them included. */
export function countWeightBytes(groups: readonly WeightGroup[]): number {
	const lengths = new Map(groups.flatMap(({ specs }) => specs.map((spec) => [spec.name, byteLength(spec)] as const)));
	return [...lengths.values()].reduce((end, length) => align(end) + length, 0);
}

/** The end of the file, where bytes are appended. */
interface Sink {
	/** Groups that were there. */
	readonly kept: readonly WrittenGroup[];
	readonly end: number;
	/** Moves the end to a multiple of {@link ALIGNMENT}. */
	align(): Promise<void>;
	append(bytes: Uint8Array): Promise<void>;
	/** SHA-256 of everything so far. */
	digest(): string;
}

async function openSink(file: FileHandle, written: readonly WrittenGroup[]): Promise<Sink> {
	const found = await verify(file, written);
	const { hash, kept } = found;
	let { end } = found;
	await file.truncate(end);
	const sink: Sink = {
		kept,
		get end() {
			return end;
		},
		align: () => sink.append(new Uint8Array(align(end) - end)),
		async append(bytes) {
			const writing = writeFully(file, bytes, end);
			hash.update(bytes); // while the system writes
			await writing;
			end += bytes.length;
		},
		digest: () => hash.copy().digest("hex"),
	};
	return sink;
}

async function writeFully(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
	for (let done = 0; done < bytes.length; ) {
		done += (await file.write(bytes, done, Math.min(bytes.length - done, MOST_BYTES), position + done)).bytesWritten;
	}
}

/** Reads what is there; the groups up to the first whose bytes are not as noted are kept. */
async function verify(
	file: FileHandle,
	written: readonly WrittenGroup[],
): Promise<{ kept: WrittenGroup[]; end: number; hash: Hash }> {
	const kept: WrittenGroup[] = [];
	const chunk = new Uint8Array(CHUNK_BYTES);
	let hash = createHash("sha256");
	let end = 0;
	for (const group of written) {
		const further = hash.copy();
		let at = end;
		while (at < group.end) {
			const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, group.end - at), at);
			if (bytesRead === 0) break;
			further.update(chunk.subarray(0, bytesRead));
			at += bytesRead;
		}
		if (at !== group.end || further.copy().digest("hex") !== group.sha256) break;
		hash = further;
		end = at;
		kept.push(group);
	}
	return { kept, end, hash };
}

/** Cuts a group's pieces at the ends of its tensors. */
async function writeGroup(sink: Sink, { specs, produce }: WeightGroup): Promise<WrittenGroup> {
	const locations: [string, number, number][] = [];
	const lengths = specs.map(byteLength);
	let at = -1;
	let left = 0;
	const next = async (): Promise<void> => {
		at++;
		left = lengths[at] ?? 0;
		if (at >= specs.length) return;
		await sink.align();
		locations.push([specs[at]!.name, sink.end, left]);
	};
	await next();
	for (const { buffer, byteOffset, byteLength } of produce()) {
		let bytes = new Uint8Array(buffer, byteOffset, byteLength);
		while (bytes.length > 0) {
			while (left === 0 && at < specs.length) await next();
			if (at >= specs.length) throw unfilled(specs.at(-1)!, `${bytes.length} bytes more than`);
			const part = bytes.subarray(0, left);
			await sink.append(part);
			left -= part.length;
			bytes = bytes.subarray(part.length);
		}
	}
	while (left === 0 && at < specs.length) await next();
	if (at < specs.length) throw unfilled(specs[at]!, `${lengths[at]! - left} bytes do not fill`);
	return { locations, end: sink.end, sha256: sink.digest() };
}

function unfilled({ name, shape }: TensorSpec, words: string): SluiceError {
	return new SluiceError("invalid_graph", { detail: `${name}: ${words} ${formatShape(shape)}` });
}

function byteLength({ dtype, shape }: TensorSpec): number {
	return ELEMENT_TYPES[dtype].bytes * (countElements(shape) ?? Number.NaN);
}

function align(at: number): number {
	return Math.ceil(at / ALIGNMENT) * ALIGNMENT;
}
