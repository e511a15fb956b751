/**
 * Model files: the graph in .onnx, its weights in a data file beside it, which runtimes map into memory.
 * https://onnx.ai/onnx/repo-docs/ExternalData.html
 */
import { open } from "node:fs/promises";
import { basename } from "node:path";
import { SluiceError } from "../errors.ts";
import { ELEMENT_TYPES } from "./element-types.ts";
import type { Graph, WeightGroup } from "./graph.ts";
import { type ExternalLocation, encodeModel } from "./model-proto.ts";
import { countElements } from "./shape.ts";

/** Weights start at multiples of this, for vector loads from mapped memory. */
export const ALIGNMENT = 64;
const IR_VERSION = 10;
const OPSETS = { "": 23, "com.microsoft": 1 };

/**
 * Writes the weights to `path`, one group in memory at a time, and returns where each lies. Groups whose names are
 * all known already are skipped, so graphs that share weights share one file.
 */
export async function writeWeights(
	path: string,
	groups: readonly WeightGroup[],
	onGroup?: (done: number, total: number) => void,
): Promise<Map<string, ExternalLocation>> {
	const locations = new Map<string, ExternalLocation>();
	const file = await open(path, "wx");
	let offset = 0;
	try {
		for (const [i, { specs, produce }] of groups.entries()) {
			if (!specs.every(({ name }) => locations.has(name))) {
				const tensors = produce();
				for (const [t, { name, dtype, shape }] of specs.entries()) {
					const data = tensors[t] ?? new Uint8Array();
					if (data.byteLength !== ELEMENT_TYPES[dtype].bytes * (countElements(shape) ?? Number.NaN)) {
						throw new SluiceError("invalid_graph", {
							detail: `${name}: ${data.byteLength} bytes do not fill [${shape}]`,
						});
					}
					offset = Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
					await file.write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 0, data.byteLength, offset);
					locations.set(name, { location: basename(path), offset, length: data.byteLength });
					offset += data.byteLength;
				}
			}
			onGroup?.(i + 1, groups.length);
		}
		await file.sync();
	} finally {
		await file.close();
	}
	return locations;
}

/** The bytes of the .onnx file; every weight of the graph needs its location. */
export function toModelFile(
	graph: Graph,
	locations: ReadonlyMap<string, ExternalLocation>,
	metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
	const proto = graph.toProto((name) => {
		return locations.get(name) ?? graph.fail("weights", `${name} was not written`);
	});
	return encodeModel({ graph: proto, irVersion: IR_VERSION, opsets: OPSETS, producer: "sluice", metadata });
}
