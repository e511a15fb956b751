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
import { countElements, formatShape } from "./shape.ts";

/** Weights start at multiples of this, for vector loads from mapped memory. */
export const ALIGNMENT = 64;
const WRITE_BYTES = 1 << 30;
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
	let end = 0;
	try {
		for (const [i, group] of groups.entries()) {
			for (const { name, data } of group.specs.every(({ name }) => locations.has(name)) ? [] : produce(group)) {
				const offset = Math.ceil(end / ALIGNMENT) * ALIGNMENT;
				end = offset + data.length;
				for (let done = 0; done < data.length; ) {
					const length = Math.min(data.length - done, WRITE_BYTES);
					done += (await file.write(data, done, length, offset + done)).bytesWritten;
				}
				locations.set(name, { location: basename(path), offset, length: data.length });
			}
			onGroup?.(i + 1, groups.length);
		}
		await file.sync();
	} finally {
		await file.close();
	}
	return locations;
}

function produce({ specs, produce }: WeightGroup): { name: string; data: Uint8Array }[] {
	const tensors = produce();
	return specs.map(({ name, dtype, shape }, i) => {
		const { buffer, byteOffset, byteLength } = tensors[i] ?? new Uint8Array();
		if (byteLength !== ELEMENT_TYPES[dtype].bytes * (countElements(shape) ?? Number.NaN)) {
			throw new SluiceError("invalid_graph", {
				detail: `${name}: ${byteLength} bytes do not fill ${formatShape(shape)}`,
			});
		}
		return { name, data: new Uint8Array(buffer, byteOffset, byteLength) };
	});
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
