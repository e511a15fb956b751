/**
 * A model's parameters as graph weights: checked against the shapes an architecture expects when the graph is built,
 * read and converted only when the file is written, large matrices in blocks of rows.
 */
import { SluiceError } from "../errors.ts";
import type { ElementType, Graph, Value } from "../onnx/index.ts";
import type { RowBlock, RowBlocks } from "../weights/matrix-pieces.ts";
import type { RowRange } from "../weights/safetensors.ts";
import type { WeightKind, WeightSource } from "./architecture.ts";

/** A tensor in the source, relative to a path, with the shape it must have. */
export interface Parameter {
	readonly name: string;
	readonly shape: readonly number[];
}

/** What graph weights are computed from, and what they are. */
interface Derived {
	readonly from: readonly Parameter[];
	/** Names are relative to the path too; they say what was derived, e.g. `gate_proj.weight:int8`. */
	readonly to: readonly { readonly name: string; readonly dtype: ElementType; readonly shape: readonly number[] }[];
}

/** Graph weights computed from whole parameters. */
export interface Derivation extends Derived {
	readonly compute: (values: readonly Float32Array[]) => readonly ArrayBufferView[];
}

/** Graph weights computed from a matrix whose rows are those of all `from`, one tensor after another. */
export interface RowDerivation extends Derived {
	/** The bytes of `to`, one tensor after another, in pieces. */
	readonly pieces: (matrix: RowBlocks) => Iterable<ArrayBufferView>;
}

/** The parameters under a path such as `model.layers.3`. */
export interface Parameters {
	readonly kind: WeightKind;
	at(path: string): Parameters;
	/** Throws `invalid_weights` naming a tensor that is missing, of another shape, or (when read) not finite. */
	derive(g: Graph, derivation: Derivation | RowDerivation): Value[];
}

/** All parameters of a source. */
export function createParameters(source: WeightSource, kind: WeightKind, path = ""): Parameters {
	const full = (name: string): string => (path === "" ? name : `${path}.${name}`);
	return {
		kind,
		at: (inner) => createParameters(source, kind, full(inner)),
		derive(g, derivation) {
			const from = derivation.from.map(({ name, shape }) => ({ name: full(name), shape }));
			for (const { name, shape } of from) checkTensor(source, name, shape);
			const specs = derivation.to.map((spec) => ({ ...spec, name: full(spec.name) }));
			const produce =
				"pieces" in derivation
					? () => derivation.pieces(toRowBlocks(source, from))
					: () => derivation.compute(from.map((parameter) => readRows(source, parameter)));
			return g.weights(specs, produce, new Set(from.map(({ name }) => name)));
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

/** Values that are read at a time. */
const BLOCK_VALUES = 1 << 20;

function toRowBlocks(source: WeightSource, from: readonly Parameter[]): RowBlocks {
	const cols = from[0]?.shape[1] ?? 1;
	const most = Math.max(1, Math.floor(BLOCK_VALUES / cols));
	return {
		cols,
		rows: from.reduce((sum, { shape }) => sum + shape[0]!, 0),
		*blocks(): Generator<RowBlock> {
			const longest = Math.max(...from.map(({ shape }) => Math.min(most, shape[0]!)));
			const into = new Float32Array(longest * cols);
			let before = 0;
			for (const parameter of from) {
				const rows = parameter.shape[0]!;
				for (let start = 0; start < rows; start += most) {
					const end = Math.min(rows, start + most);
					yield { start: before + start, values: readRows(source, parameter, { start, end, into }) };
				}
				before += rows;
			}
		},
	};
}

function readRows(source: WeightSource, { name, shape }: Parameter, rows?: RowRange): Float32Array {
	const values = source.readF32(name, rows);
	const [count = 1, ...inner] = shape;
	const cols = inner.reduce((product, dim) => product * dim, 1);
	if (values.length !== (rows === undefined ? count : rows.end - rows.start) * cols) {
		throw new SluiceError("internal", { detail: `tensor ${name}: ${values.length} values were read` });
	}
	checkFinite(values, name, (rows?.start ?? 0) * cols);
	return values;
}

/** `first` is the place of the first value in its tensor. */
function checkFinite(values: Float32Array, name: string, first: number): void {
	if (areFinite(values)) return;
	const at = values.findIndex((value) => !Number.isFinite(value));
	throw new SluiceError("invalid_weights", { detail: `tensor ${name} holds ${values[at]} at ${first + at}` });
}

/** Zero times anything else is not zero. Four sums, since each addition waits for the one before. */
function areFinite(values: Float32Array): boolean {
	const fours = values.length - (values.length % 4);
	let [a, b, c, d] = [0, 0, 0, 0];
	for (let i = 0; i < fours; i += 4) {
		a += values[i]! * 0;
		b += values[i + 1]! * 0;
		c += values[i + 2]! * 0;
		d += values[i + 3]! * 0;
	}
	for (let i = fours; i < values.length; i++) a += values[i]! * 0;
	return a + b + c + d === 0;
}
