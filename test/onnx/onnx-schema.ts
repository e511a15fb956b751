/**
 * An independent reader of ONNX files: protobufjs over the parts of onnx.proto that Sluice writes.
 */
import protobuf from "protobufjs";

type Field = [type: string, id: number, rule?: "repeated"];

const MESSAGES: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
	ModelProto: {
		irVersion: ["int64", 1],
		producerName: ["string", 2],
		graph: ["GraphProto", 7],
		opsetImport: ["OperatorSetIdProto", 8, "repeated"],
		metadataProps: ["StringStringEntryProto", 14, "repeated"],
	},
	OperatorSetIdProto: { domain: ["string", 1], version: ["int64", 2] },
	StringStringEntryProto: { key: ["string", 1], value: ["string", 2] },
	GraphProto: {
		node: ["NodeProto", 1, "repeated"],
		name: ["string", 2],
		initializer: ["TensorProto", 5, "repeated"],
		input: ["ValueInfoProto", 11, "repeated"],
		output: ["ValueInfoProto", 12, "repeated"],
	},
	NodeProto: {
		input: ["string", 1, "repeated"],
		output: ["string", 2, "repeated"],
		name: ["string", 3],
		opType: ["string", 4],
		attribute: ["AttributeProto", 5, "repeated"],
		domain: ["string", 7],
	},
	AttributeProto: {
		name: ["string", 1],
		f: ["float", 2],
		i: ["int64", 3],
		s: ["string", 4],
		g: ["GraphProto", 6],
		floats: ["float", 7, "repeated"],
		ints: ["int64", 8, "repeated"],
		type: ["int32", 20],
	},
	TensorProto: {
		dims: ["int64", 1, "repeated"],
		dataType: ["int32", 2],
		name: ["string", 8],
		rawData: ["bytes", 9],
		externalData: ["StringStringEntryProto", 13, "repeated"],
		dataLocation: ["int32", 14],
	},
	ValueInfoProto: { name: ["string", 1], type: ["TypeProto", 2] },
	TypeProto: { tensorType: ["TypeTensor", 1] },
	TypeTensor: { elemType: ["int32", 1], shape: ["TensorShapeProto", 2] },
	TensorShapeProto: { dim: ["Dimension", 1, "repeated"] },
	Dimension: { dimValue: ["int64", 1], dimParam: ["string", 2] },
};

/** The decoded message as a plain object; 64-bit integers are numbers, empty lists are kept. */
export function decodeModel(bytes: Uint8Array): DecodedModel {
	const nested = Object.entries(MESSAGES).map(([name, fields]) => {
		const described = Object.entries(fields).map(([field, [type, id, rule]]) => [
			field,
			{ type, id, ...(rule && { rule }) },
		]);
		return [name, { fields: Object.fromEntries(described) }];
	});
	const type = protobuf.Root.fromJSON({ nested: Object.fromEntries(nested) }).lookupType("ModelProto");
	return type.toObject(type.decode(bytes), { longs: Number, arrays: true }) as DecodedModel;
}

/** ModelProto as decoded, field names in camel case. */
export interface DecodedModel {
	readonly irVersion: number;
	readonly producerName: string;
	readonly opsetImport: readonly { readonly domain?: string; readonly version: number }[];
	readonly metadataProps: readonly DecodedEntry[];
	readonly graph: DecodedGraph;
}

export interface DecodedEntry {
	readonly key: string;
	readonly value: string;
}

export interface DecodedGraph {
	readonly name: string;
	readonly node: readonly {
		readonly name: string;
		readonly opType: string;
		readonly domain: string;
		readonly input: readonly string[];
		readonly output: readonly string[];
		readonly attribute: readonly Readonly<Record<string, unknown>>[];
	}[];
	readonly initializer: readonly {
		readonly name: string;
		readonly dims: readonly number[];
		readonly dataType: number;
		readonly rawData?: Uint8Array;
		readonly dataLocation?: number;
		readonly externalData: readonly DecodedEntry[];
	}[];
	readonly input: readonly DecodedValueInfo[];
	readonly output: readonly DecodedValueInfo[];
}

export interface DecodedValueInfo {
	readonly name: string;
	readonly type: {
		readonly tensorType: {
			readonly elemType: number;
			readonly shape: { readonly dim: readonly { readonly dimValue?: number; readonly dimParam?: string }[] };
		};
	};
}
