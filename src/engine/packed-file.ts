/**
 * The file of packed weights while it grows: takes packed forms out of a file that ONNX Runtime wrote, and says where they lie
 * in the way the runtime reads. See tensor_external_data_info.cc in its source for the format.
 */
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { ExternalEntries } from "../onnx/index.ts";

/** The file of packed weights. */
export const PACKED = "packed.data";
/** Kernels find their parts of a packed form by its address, which must be as aligned as in the memory it was packed in. */
const ALIGNMENT = 4096;
const CHUNK_BYTES = 1 << 22;

/** What was taken so far. */
export interface Packed {
	/** Takes what the runtime packed: the initializers it wrote, in the file they lie in. */
	take(from: FileHandle, initializers: ReadonlyMap<string, ExternalEntries>): Promise<void>;
	/**
	 * A small weight of a graph, and entries that place it in the file and name all that is packed there. The runtime looks for
	 * packed forms by hash, whichever initializer names them; so the weights themselves stay in the file they are in. `places`
	 * are the graph's own entries, for files in `directory`.
	 */
	carrierFor(
		places: ReadonlyMap<string, ExternalEntries>,
		directory: string,
	): Promise<[name: string, entries: ExternalEntries]>;
}

/** Starts with the empty `file`. */
export function createPacked(file: FileHandle): Packed {
	/** Weights that the runtime keeps as they are. */
	const unpacked = new Set<string>();
	/** Where what is packed lies, by kernel and hash. */
	const packed = new Map<string, string>();
	let end = 0;
	const claim = (length: number): number => {
		const at = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
		end = at + length;
		return at;
	};
	const move = async (from: FileHandle, form: string): Promise<string> => {
		const [offset = "", length = "", ...rest] = form.split(";");
		const at = claim(Number(length));
		await copyBytes({ file: from, at: Number(offset) }, { file, at }, Number(length));
		return [at, length, ...rest].join(";");
	};
	return {
		async take(from, initializers) {
			for (const [name, entries] of initializers) {
				const forms = entries.filter(([key]) => key.startsWith("prepacked"));
				if (forms.length === 0) unpacked.add(name);
				for (const [, value] of forms) {
					const [key = "", ...blobs] = value.split("|");
					if (packed.has(key)) continue;
					const moved: string[] = [];
					for (const blob of blobs) moved.push(await move(from, blob));
					packed.set(key, [key, ...moved].join("|"));
				}
			}
		},
		async carrierFor(places, directory) {
			const [carrier] = [...places]
				.filter(([name]) => unpacked.has(name))
				.sort(([, a], [, b]) => lengthOf(a) - lengthOf(b));
			if (carrier === undefined) throw new Error("no weight of the graph is left as it is by the runtime");
			const [name, entries] = carrier;
			const length = lengthOf(entries);
			const at = claim(length);
			const from = await open(join(directory, entryOf(entries, "location")), "r");
			try {
				await copyBytes({ file: from, at: Number(entryOf(entries, "offset")) }, { file, at }, length);
			} finally {
				await from.close();
			}
			const place = { location: PACKED, offset: String(at), length: String(length) };
			const forms = [...packed.values()].map((value, i) => [`prepacked_${i}`, value] as const);
			return [name, [...Object.entries(place), ...forms]];
		},
	};
}

interface Place {
	readonly file: FileHandle;
	readonly at: number;
}

async function copyBytes(from: Place, to: Place, length: number): Promise<void> {
	for (let done = 0; done < length; done += CHUNK_BYTES) {
		const bytes = await readBytes(from.file, from.at + done, Math.min(CHUNK_BYTES, length - done));
		await writeBytes({ file: to.file, at: to.at + done }, bytes);
	}
}

/** The system writes less than it is given where the disk is full. */
async function writeBytes({ file, at }: Place, bytes: Uint8Array): Promise<void> {
	const { bytesWritten } = await file.write(bytes, 0, bytes.length, at);
	if (bytesWritten !== bytes.length) throw new Error("the disk is full");
}

async function readBytes(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
	const bytes = new Uint8Array(length);
	const { bytesRead } = await file.read(bytes, 0, length, position);
	if (bytesRead !== length) throw new Error("the runtime's file is shorter than it says");
	return bytes;
}

function lengthOf(entries: ExternalEntries): number {
	return Number(entryOf(entries, "length"));
}

/** The value of an entry, empty where there is none. */
export function entryOf(entries: ExternalEntries, key: string): string {
	return entries.find(([name]) => name === key)?.[1] ?? "";
}
