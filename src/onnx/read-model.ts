/**
 * Reads from an .onnx file where its initializers lie, and puts other places in. All else stays byte for byte.
 * Initializers of the outermost graph only. https://onnx.ai/onnx/repo-docs/ExternalData.html
 */
import { bytesField, concatBytes } from "./protobuf.ts";
import { readFields, toText } from "./protobuf-reader.ts";

/** `location`, `offset`, `length` and what a runtime adds, in the order of the file. */
export type ExternalEntries = readonly (readonly [key: string, value: string])[];

const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const TENSOR_NAME = 8;
const TENSOR_EXTERNAL_DATA = 13;
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;

/** Entries by name of the initializer; one whose bytes are in the file is left out. Throws RangeError for other files. */
export function readExternalData(model: Uint8Array): Map<string, ExternalEntries> {
	const found = new Map<string, ExternalEntries>();
	const graphs = contentsOf(model, MODEL_GRAPH);
	for (const tensor of graphs.flatMap((graph) => contentsOf(graph, GRAPH_INITIALIZER))) {
		const entries = contentsOf(tensor, TENSOR_EXTERNAL_DATA).map(toEntry);
		if (entries.length > 0) found.set(nameOf(tensor), entries);
	}
	return found;
}

/** The file with other entries for the initializers named; those that have none are not given any. */
export function replaceExternalData(model: Uint8Array, replacements: ReadonlyMap<string, ExternalEntries>): Uint8Array {
	const inTensor = (tensor: Uint8Array): Uint8Array => {
		const entries = replacements.get(nameOf(tensor));
		if (entries === undefined) return tensor;
		const fields = readFields(tensor);
		const first = fields.findIndex(({ number }) => number === TENSOR_EXTERNAL_DATA);
		const parts = fields.flatMap(({ number, encoded }, i) =>
			number !== TENSOR_EXTERNAL_DATA ? [encoded] : i === first ? entries.map(encodeEntry) : [],
		);
		return concatBytes(parts);
	};
	return mapField(model, MODEL_GRAPH, (graph) => mapField(graph, GRAPH_INITIALIZER, inTensor));
}

function mapField(message: Uint8Array, field: number, map: (content: Uint8Array) => Uint8Array): Uint8Array {
	const parts = readFields(message).map(({ number, encoded, content }) =>
		number === field && content !== undefined ? bytesField(field, map(content)) : encoded,
	);
	return concatBytes(parts);
}

function contentsOf(message: Uint8Array, field: number): Uint8Array[] {
	return readFields(message).flatMap(({ number, content }) => (number === field && content ? [content] : []));
}

function nameOf(tensor: Uint8Array): string {
	return toText(contentsOf(tensor, TENSOR_NAME)[0]);
}

function toEntry(entry: Uint8Array): readonly [string, string] {
	return [toText(contentsOf(entry, ENTRY_KEY)[0]), toText(contentsOf(entry, ENTRY_VALUE)[0])];
}

function encodeEntry([key, value]: readonly [string, string]): Uint8Array {
	return bytesField(TENSOR_EXTERNAL_DATA, concatBytes([bytesField(ENTRY_KEY, key), bytesField(ENTRY_VALUE, value)]));
}
