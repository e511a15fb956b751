/**
 * Digests of tensors, taken as they are read for whatever reason, so that converting and hashing need one reading together.
 */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import type { ReadObserver, TensorInfo, Weights } from "../weights/safetensors.ts";

/** SHA-256 (hex) by `file name/tensor name`. */
export type TensorDigests = Readonly<Record<string, string>>;

/** Collects digests. */
export interface TensorHashes {
	/** Takes what is read from a tensor's first byte on, in order; other reading is let pass. */
	readonly onRead: ReadObserver;
	/** Digests of the tensors that were read to their end. */
	known(): TensorDigests;
	/** Takes digests of an earlier reading of the same files. */
	learn(digests: TensorDigests): void;
	/** The digest of a safetensors file: of its header and its tensors' digests. Reads the tensors that were not read before. */
	digestFile(file: string, weights: Weights): Promise<string>;
}

/** No digests yet. */
export function createTensorHashes(): TensorHashes {
	const known: Record<string, string> = {};
	const begun = new Map<string, { hash: Hash; read: number }>();
	const nameOf = ({ file, name }: TensorInfo): string => `${basename(file)}/${name}`;
	return {
		onRead(tensor, at, bytes) {
			const name = nameOf(tensor);
			if (known[name] !== undefined) return;
			if (at === 0) begun.set(name, { hash: createHash("sha256"), read: 0 });
			const reading = begun.get(name);
			if (reading?.read !== at) return;
			reading.hash.update(bytes);
			reading.read += bytes.length;
			if (reading.read < tensor.length) return;
			known[name] = reading.hash.digest("hex");
			begun.delete(name);
		},
		known: () => known,
		learn(digests) {
			Object.assign(known, digests);
		},
		async digestFile(file, weights) {
			const tensors = [...weights.tensors.values()].filter((tensor) => tensor.file === file && tensor.length > 0);
			tensors.sort((a, b) => a.offset - b.offset);
			const total = createHash("sha256").update(await hashFile(file, tensors[0]?.offset));
			for (const tensor of tensors) {
				const name = nameOf(tensor);
				if (known[name] === undefined) for (const _ of weights.readPieces(tensor.name));
				total.update(known[name]!);
			}
			return total.digest("hex");
		},
	};
}

/** SHA-256 (hex) of a file, or of its first bytes. */
export async function hashFile(path: string, bytes?: number): Promise<string> {
	const hash = createHash("sha256");
	const range = bytes === undefined ? {} : { end: bytes - 1 };
	for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, ...range })) hash.update(chunk);
	return hash.digest("hex");
}
