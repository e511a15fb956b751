/**
 * Typed graph builder: values know dtype and shape, nodes are named after the scope they are made in, equal constants
 * and weights of one name are stored once. Operators check ranks and dtypes before they add a node (ops/).
 */
import { SluiceError } from "../errors.ts";
import { ELEMENT_TYPES, type ElementType } from "./element-types.ts";
import type { Attribute, ExternalLocation, GraphProto, NodeProto, TensorProto, TensorSpec } from "./model-proto.ts";
import { countElements, formatShape, isSameShape, type Shape } from "./shape.ts";

/** A tensor in a graph under construction. */
export interface Value extends TensorSpec {
	/** Identifies the graph or subgraph that made the value. */
	readonly owner: symbol;
}

/** Little-endian typed arrays that a constant can be made of. */
export type ConstantData = Float32Array | Int8Array | Uint8Array | Int32Array | BigInt64Array;

/** Tensors whose bytes are computed when the file is written. */
export interface WeightGroup {
	readonly specs: readonly TensorSpec[];
	/** The bytes of `specs`, one tensor after another, in pieces of any size; each is good until the next is asked for. */
	readonly produce: () => Iterable<ArrayBufferView>;
	/** Names of what they are computed from. */
	readonly from: ReadonlySet<string>;
}

/** A node to add. `outputs` give dtype and shape of each result; `domain` is "" for ai.onnx. */
export interface NodeOptions {
	readonly domain?: "" | "com.microsoft";
	readonly outputs: readonly { readonly dtype: ElementType; readonly shape: Shape }[];
	readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** A graph, or a view of it in a scope. Every method throws `invalid_graph` naming the scope. */
export interface Graph {
	/** Of the graph; a body's is the scope it was made in. */
	readonly name: string;
	/** The same graph; what the view adds is named under `path`, e.g. `layers.3/attn`. */
	scope(path: string): Graph;
	input(name: string, dtype: ElementType, shape: Shape): Value;
	/** Declares a result under a name of its own. */
	output(name: string, value: Value): void;
	/** A constant inside the file; equal ones are stored once. */
	constant(data: ConstantData, shape: Shape): Value;
	/** Tensors outside the file; names already known return the same values. */
	weights(specs: readonly TensorSpec[], produce: WeightGroup["produce"], from?: WeightGroup["from"]): Value[];
	/** Adds one node and returns its results. */
	node(type: string, inputs: readonly (Value | undefined)[], options: NodeOptions): Value[];
	/** A graph for the body of a control-flow operator; it sees none of this graph's values. */
	body(name: string): Graph;
	/** Rejects what an operator was given. */
	fail(type: string, message: string): never;
	/** All weights, in the order of first use. */
	weightGroups(): readonly WeightGroup[];
	toProto(locate: (name: string) => ExternalLocation): GraphProto;
}

interface GraphState {
	readonly name: string;
	/** Scope of everything inside: "" for a whole graph, its own name for a body. */
	readonly root: string;
	readonly owner: symbol;
	readonly nodes: NodeProto[];
	readonly inputs: TensorSpec[];
	/** Output name by value name. */
	readonly outputs: Map<string, TensorSpec>;
	readonly constants: Map<string, { value: Value; data: Uint8Array }>;
	readonly weights: Map<string, Value>;
	readonly groups: WeightGroup[];
	readonly counts: Map<string, number>;
}

/** An empty graph. */
export function createGraph(name: string): Graph {
	return createView(createState(name, ""), "");
}

function createState(name: string, root: string): GraphState {
	return {
		name,
		root,
		owner: Symbol(name),
		nodes: [],
		inputs: [],
		outputs: new Map(),
		constants: new Map(),
		weights: new Map(),
		groups: [],
		counts: new Map(),
	};
}

function createView(state: GraphState, path: string): Graph {
	const fail = (type: string, message: string): never => {
		throw new SluiceError("invalid_graph", { detail: `${path || state.name}: ${type}: ${message}` });
	};
	const own = (type: string, value: Value): string => {
		return value.owner === state.owner ? value.name : fail(type, `${value.name} belongs to another graph`);
	};
	const view: Graph = {
		name: state.name,
		fail,
		scope: (inner) => createView(state, joinPath(path, inner)),
		body(name) {
			const root = uniqueName(state, joinPath(path, name));
			return createView(createState(root, root), root);
		},
		input(name, dtype, shape) {
			if (state.inputs.some((input) => input.name === name)) fail("input", `${name} is declared twice`);
			state.inputs.push({ name, dtype, shape });
			return { name, dtype, shape, owner: state.owner };
		},
		output(name, value) {
			for (const output of state.outputs.values()) {
				if (output.name === name) fail("output", `${name} is declared twice`);
			}
			const taken = state.outputs.has(own("output", value)) || state.inputs.some((input) => input.name === value.name);
			const source = taken ? view.node("Identity", [value], { outputs: [value] })[0]! : value;
			state.outputs.set(source.name, { name, dtype: value.dtype, shape: value.shape });
		},
		constant: (data, shape) => addConstant(state, data, shape, fail),
		weights: (specs, produce, from = new Set()) => addWeights(state, { specs, produce, from }, fail),
		node(type, inputs, { domain = "", outputs, attributes = {} }) {
			const name = uniqueName(state, joinPath(path, type));
			const values = outputs.map(({ dtype, shape }, i): Value => {
				return { name: outputs.length === 1 ? name : `${name}:${i}`, dtype, shape, owner: state.owner };
			});
			const names = inputs.map((value) => (value === undefined ? "" : own(type, value)));
			state.nodes.push({ name, type, domain, inputs: names, outputs: values.map((value) => value.name), attributes });
			return values;
		},
		weightGroups: () => state.groups,
		toProto: (locate) => toGraphProto(state, locate),
	};
	return view;
}

function joinPath(path: string, inner: string): string {
	return path === "" ? inner : `${path}/${inner}`;
}

function uniqueName(state: GraphState, base: string): string {
	const count = state.counts.get(base) ?? 0;
	state.counts.set(base, count + 1);
	return count === 0 ? base : `${base}.${count}`;
}

function addWeights(state: GraphState, group: WeightGroup, fail: Graph["fail"]): Value[] {
	const known = group.specs.map((spec) => findWeight(state, spec, fail));
	if (known.every((value) => value !== undefined)) return known;
	if (known.some((value) => value !== undefined)) fail("weights", `${group.specs[0]?.name} is in two groups`);
	state.groups.push(group);
	const values = group.specs.map((spec): Value => ({ ...spec, owner: state.owner }));
	for (const value of values) state.weights.set(value.name, value);
	return values;
}

function findWeight(state: GraphState, spec: TensorSpec, fail: Graph["fail"]): Value | undefined {
	const known = state.weights.get(spec.name);
	if (known !== undefined && (known.dtype !== spec.dtype || !isSameShape(known.shape, spec.shape))) {
		const was = `${known.dtype} ${formatShape(known.shape)}`;
		return fail("weights", `${spec.name} was ${was}, now ${spec.dtype} ${formatShape(spec.shape)}`);
	}
	return known;
}

function addConstant(state: GraphState, data: ConstantData, shape: Shape, fail: Graph["fail"]): Value {
	const dtype = toElementType(data);
	if (countElements(shape) !== data.length) fail("constant", `${data.length} values for ${formatShape(shape)}`);
	const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
	const key = `${dtype} ${formatShape(shape)} ${Buffer.from(bytes).toString("base64")}`;
	const known = state.constants.get(key);
	if (known !== undefined) return known.value;
	const name = joinPath(state.root, `constant.${state.constants.size}`);
	const value: Value = { name, dtype, shape, owner: state.owner };
	state.constants.set(key, { value, data: bytes });
	return value;
}

function toElementType(data: ConstantData): ElementType {
	if (data instanceof Float32Array) return "float32";
	if (data instanceof Int8Array) return "int8";
	if (data instanceof Uint8Array) return "uint8";
	return data instanceof Int32Array ? "int32" : "int64";
}

function toGraphProto(state: GraphState, locate: (name: string) => ExternalLocation): GraphProto {
	const renamed = (name: string): string => state.outputs.get(name)?.name ?? name;
	const constants = [...state.constants.values()].map(({ value, data }): TensorProto => ({ ...toSpec(value), data }));
	const weights = [...state.weights.values()].map((value): TensorProto => {
		const data = locate(value.name);
		const bytes = ELEMENT_TYPES[value.dtype].bytes * (countElements(value.shape) ?? Number.NaN);
		if (data.length !== bytes) {
			const detail = `${state.name}: ${value.name}: ${formatShape(value.shape)} takes ${bytes} bytes, not ${data.length}`;
			throw new SluiceError("invalid_graph", { detail });
		}
		return { ...toSpec(value), data };
	});
	return {
		name: state.name,
		nodes: state.nodes.map((node) => ({
			...node,
			inputs: node.inputs.map(renamed),
			outputs: node.outputs.map(renamed),
		})),
		initializers: [...constants, ...weights],
		inputs: state.inputs,
		outputs: [...state.outputs.values()],
	};
}

function toSpec({ name, dtype, shape }: Value): TensorSpec {
	return { name, dtype, shape };
}
