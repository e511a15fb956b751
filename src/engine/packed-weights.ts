/**
 * Lets ONNX Runtime pack the weights of some graphs once, and writes the graphs anew so that sessions map what was packed
 * instead of keeping copies of their own. A session still packs each matrix to learn its hash, then drops the result for
 * what the file has under that hash: a file made for other weights or another processor costs memory and changes no number.
 */
import { constants } from "node:fs";
import { copyFile, link, mkdir, open, readFile, rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readExternalData, replaceExternalData } from "../onnx/index.ts";
import { savePacked } from "./onnxruntime.ts";
import { createPacked, entryOf, PACKED, type Packed } from "./packed-file.ts";

/** What to pack: graphs are names of files in `directory`, `target` is an empty directory. */
export interface PackingOrder {
	readonly directory: string;
	readonly graphs: readonly string[];
	readonly target: string;
}

/** What the runtime writes and what is taken from it, for each byte of weights. */
const ROOM = 3.5;

const SCRATCH = { model: "scratch.onnx", data: "scratch.data" };

/** Fills `target` with the graphs, the data files they share and {@link PACKED}. Throws an Error saying what is in the way. */
export async function packWeights({ directory, graphs, target }: PackingOrder): Promise<void> {
	const models = new Map<string, Uint8Array>();
	for (const name of graphs) models.set(name, await readFile(join(directory, name)));
	const places = [...models.values()].map(readExternalData);
	const locations = new Set(
		places.flatMap((place) => [...place.values()].map((entries) => entryOf(entries, "location"))),
	);
	await checkRoom(directory, [...locations], target);
	for (const location of locations) await share(join(directory, location), join(target, location));
	const file = await open(join(target, PACKED), "wx");
	try {
		const packed = createPacked(file);
		const done = new Set<string>();
		for (const [i, name] of graphs.entries()) {
			const weights = [...places[i]!.keys()];
			if (weights.some((weight) => !done.has(weight))) await packGraph(packed, join(directory, name), target);
			for (const weight of weights) done.add(weight);
		}
		for (const [i, [name, model]] of [...models].entries()) {
			const carrier = await packed.carrierFor(places[i]!, target);
			await writeFile(join(target, name), replaceExternalData(model, new Map([carrier])));
		}
		await file.sync();
	} finally {
		await file.close();
	}
}

async function packGraph(packed: Packed, path: string, target: string): Promise<void> {
	const directory = join(target, "scratch");
	await mkdir(directory);
	try {
		await savePacked(path, { directory, ...SCRATCH });
		const from = await open(join(directory, SCRATCH.data), "r");
		try {
			await packed.take(from, readExternalData(await readFile(join(directory, SCRATCH.model))));
		} finally {
			await from.close();
		}
	} finally {
		await rm(directory, { recursive: true, force: true });
	}
}

/** Throws where the disk of `target` has no room for packing. */
async function checkRoom(directory: string, names: readonly string[], target: string): Promise<void> {
	const stats = await Promise.all(names.map((name) => stat(join(directory, name))));
	const needed = stats.reduce((sum, { size }) => sum + size, 0) * ROOM;
	const { bavail, bsize } = await statfs(target);
	if (bavail * bsize < needed) throw new Error(`the disk has less than ${Math.ceil(needed / 2 ** 20)} MiB free`);
}

/** The same bytes under another name: without a copy where the file system can. Runtimes refuse symbolic links. */
async function share(from: string, to: string): Promise<void> {
	await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL));
}
