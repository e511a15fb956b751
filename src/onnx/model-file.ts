/**
 * Model files: the graph in .onnx, its weights in a data file beside it, which runtimes map into memory.
 * https://onnx.ai/onnx/repo-docs/ExternalData.html
 */
import type { Graph } from "./graph.ts";
import { type ExternalLocation, encodeModel } from "./model-proto.ts";

const IR_VERSION = 10;
const OPSETS = { "": 23, "com.microsoft": 1 };

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
