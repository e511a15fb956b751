/**
 * A model's parameters as graph weights: checked against the shapes an architecture expects when the graph is built,
 * read and converted only when the file is written.
 */
import { SluiceError } from "../errors.ts";
import type { ElementType, Graph, Value } from "../onnx/index.ts";
import type { WeightKind, WeightSource } from "./architecture.ts";

/** A tensor in the source, relative to a path, with the shape it must have. */
export interface Parameter {
	readonly name: string;
	readonly shape: readonly number[];
}

/** Graph weights computed from parameters. */
export interface Derivation {
	readonly from: readonly Parameter[];
	/** Names are relative to the path too; they say what was derived, e.g. `gate_proj.weight:int8`. */
	readonly to: readonly { readonly name: string; readonly dtype: ElementType; readonly shape: readonly number[] }[];
	readonly compute: (values: readonly Float32Array[]) => readonly ArrayBufferView[];
}

/** The parameters under a path such as `model.layers.3`. */
export interface Parameters {
	readonly kind: WeightKind;
	at(path: string): Parameters;
	/** Throws `invalid_weights` naming a tensor that is missing, of another shape, or (when read) not finite. */
	derive(g: Graph, derivation: Derivation): Value[];
}

/** All parameters of a source. */
export function createParameters(source: WeightSource, kind: WeightKind, path = ""): Parameters {
	const full = (name: string): string => (path === "" ? name : `${path}.${name}`);
	return {
		kind,
		at: (inner) => createParameters(source, kind, full(inner)),
		derive(g, { from, to, compute }) {
			for (const { name, shape } of from) checkTensor(source, full(name), shape);
			const specs = to.map((spec) => ({ ...spec, name: full(spec.name) }));
			return g.weights(specs, () => compute(from.map(({ name }) => readFinite(source, full(name)))));
		},
	};
}

/** A parameter as it is, or with every value mapped, in float32; `shape` may rearrange it. */
export function toValue(
	g: Graph,
	p: Parameters,
	from: Parameter,
	as: { name?: string; shape?: readonly number[]; map?: (value: number) => number } = {},
): Value {
	const { name = from.name, shape = from.shape, map } = as;
	const [value] = p.derive(g, {
		from: [from],
		to: [{ name, dtype: "float32", shape }],
		compute: ([values]) => [map === undefined ? values! : values!.map(map)],
	});
	return value!;
}

function checkTensor(source: WeightSource, name: string, shape: readonly number[]): void {
	const tensor = source.tensors.get(name);
	if (tensor === undefined) throw new SluiceError("invalid_weights", { detail: `tensor ${name} is missing` });
	if (tensor.shape.join() !== shape.join()) {
		const detail = `tensor ${name} has shape [${tensor.shape.join(", ")}], not [${shape.join(", ")}]`;
		throw new SluiceError("invalid_weights", { detail });
	}
}

function readFinite(source: WeightSource, name: string): Float32Array {
	const values = source.readF32(name);
	for (let i = 0; i < values.length; i++) {
		if (!Number.isFinite(values[i]!)) {
			throw new SluiceError("invalid_weights", { detail: `tensor ${name} holds ${values[i]} at ${i}` });
		}
	}
	return values;
}
