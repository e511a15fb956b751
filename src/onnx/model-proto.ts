/**
 * The messages of an ONNX file that Sluice writes, as plain objects, and their encoding.
 * Field numbers from https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3.
 */
import { ELEMENT_TYPES, type ElementType } from "./element-types.ts";
import {
	bytesField,
	concatBytes,
	floatField,
	integerField,
	packedFloatsField,
	packedIntegersField,
} from "./protobuf.ts";
import { type Shape, UNKNOWN } from "./shape.ts";

/** Where the bytes of a tensor lie: `location` is a file beside the model file. */
export interface ExternalLocation {
	readonly location: string;
	readonly offset: number;
	readonly length: number;
}

/** A tensor's type under a name. */
export interface TensorSpec {
	readonly name: string;
	readonly dtype: ElementType;
	readonly shape: Shape;
}

/** A constant tensor: its little-endian bytes, or where they lie. */
export interface TensorProto extends TensorSpec {
	readonly data: Uint8Array | ExternalLocation;
}

/** An attribute of a node; the key says its type. */
export type Attribute =
	| { readonly int: number }
	| { readonly float: number }
	| { readonly string: string }
	| { readonly ints: readonly number[] }
	| { readonly floats: readonly number[] }
	| { readonly graph: GraphProto };

/** One operation; an input left out is the empty string. */
export interface NodeProto {
	readonly name: string;
	readonly type: string;
	readonly domain: string;
	readonly inputs: readonly string[];
	readonly outputs: readonly string[];
	readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Nodes in an order in which every value is made before it is used. */
export interface GraphProto {
	readonly name: string;
	readonly nodes: readonly NodeProto[];
	readonly initializers: readonly TensorProto[];
	readonly inputs: readonly TensorSpec[];
	readonly outputs: readonly TensorSpec[];
}

/** A whole file: the graph, the operator sets it needs by domain, and who wrote it. */
export interface ModelProto {
	readonly graph: GraphProto;
	readonly irVersion: number;
	readonly opsets: Readonly<Record<string, number>>;
	readonly producer: string;
	readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes of an .onnx file. */
export function encodeModel(model: ModelProto): Uint8Array {
	return concatBytes([
		integerField(1, model.irVersion),
		bytesField(2, model.producer),
		bytesField(7, encodeGraph(model.graph)),
		...Object.entries(model.opsets).map(([domain, version]) =>
			bytesField(8, concatBytes([bytesField(1, domain), integerField(2, version)])),
		),
		...Object.entries(model.metadata).map((entry) => bytesField(14, encodeEntry(entry))),
	]);
}

function encodeGraph(graph: GraphProto): Uint8Array {
	return concatBytes([
		...graph.nodes.map((node) => bytesField(1, encodeNode(node))),
		bytesField(2, graph.name),
		...graph.initializers.map((tensor) => bytesField(5, encodeTensor(tensor))),
		...graph.inputs.map((spec) => bytesField(11, encodeValueInfo(spec))),
		...graph.outputs.map((spec) => bytesField(12, encodeValueInfo(spec))),
	]);
}

function encodeNode(node: NodeProto): Uint8Array {
	return concatBytes([
		...node.inputs.map((name) => bytesField(1, name)),
		...node.outputs.map((name) => bytesField(2, name)),
		bytesField(3, node.name),
		bytesField(4, node.type),
		...Object.entries(node.attributes).map((entry) => bytesField(5, encodeAttribute(entry))),
		bytesField(7, node.domain),
	]);
}

function encodeAttribute([name, value]: [string, Attribute]): Uint8Array {
	const encode = (type: number, field: Uint8Array): Uint8Array =>
		concatBytes([bytesField(1, name), field, integerField(20, type)]);
	if ("float" in value) return encode(1, floatField(2, value.float));
	if ("int" in value) return encode(2, integerField(3, value.int));
	if ("string" in value) return encode(3, bytesField(4, value.string));
	if ("graph" in value) return encode(5, bytesField(6, encodeGraph(value.graph)));
	if ("floats" in value) return encode(6, packedFloatsField(7, value.floats));
	return encode(7, packedIntegersField(8, value.ints));
}

function encodeTensor({ name, dtype, shape, data }: TensorProto): Uint8Array {
	const dims = shape.map((dim) => (typeof dim === "number" ? dim : 0));
	const head = [packedIntegersField(1, dims), integerField(2, ELEMENT_TYPES[dtype].code), bytesField(8, name)];
	if (data instanceof Uint8Array) return concatBytes([...head, bytesField(9, data)]);
	const { location, offset, length } = data;
	const entries = Object.entries({ location, offset: String(offset), length: String(length) });
	return concatBytes([...head, ...entries.map((entry) => bytesField(13, encodeEntry(entry))), integerField(14, 1)]);
}

function encodeValueInfo({ name, dtype, shape }: TensorSpec): Uint8Array {
	const dims = shape.map((dim) => bytesField(1, encodeDim(dim)));
	const tensor = concatBytes([integerField(1, ELEMENT_TYPES[dtype].code), bytesField(2, concatBytes(dims))]);
	return concatBytes([bytesField(1, name), bytesField(2, bytesField(1, tensor))]);
}

function encodeDim(dim: number | string): Uint8Array {
	if (dim === UNKNOWN) return new Uint8Array();
	return typeof dim === "number" ? integerField(1, dim) : bytesField(2, dim);
}

function encodeEntry([key, value]: [string, string]): Uint8Array {
	return concatBytes([bytesField(1, key), bytesField(2, value)]);
}
