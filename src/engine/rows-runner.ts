/**
 * Runs graphs of the rows layout: batches of texts from an empty state, or single texts with caches that go in whole and
 * come out whole.
 */
import type { CacheSpec } from "../architectures/index.ts";
import type { Caches, GraphRunner, RunOutput, RunRow } from "./graph-runner.ts";
import { type InferenceSession, openGraph, Tensor } from "./onnxruntime.ts";
import type { CacheArrays, GraphName, JobOutput, Row, ThreadSetup } from "./protocol.ts";
import { createLogitsMemory, fetchAll, type LogitsMemory, prepareReadout, type ReadoutRun } from "./readout.ts";
import { positionsOf, toInt64 } from "./row-inputs.ts";
import { stackCaches, unstackCache } from "./stacked-caches.ts";

/** Caches as the runtime's tensors, by input name; never written to. */
export interface TensorCaches extends Caches {
	readonly tensors: Readonly<Record<string, Tensor>>;
}

/** Opens the graph that is needed first. Rejects with the runtime's own error. */
export async function openRowsRunner(
	{ files, first, graph, headRows }: ThreadSetup,
	specs: readonly CacheSpec[],
): Promise<GraphRunner<TensorCaches>> {
	const open = (name: GraphName): Promise<InferenceSession> => openGraph(files[name]!, graph);
	const sessions = new Map<GraphName, InferenceSession>([[first, await open(first)]]);
	const memory = createLogitsMemory();
	const sessionOf = async (graph: GraphName): Promise<InferenceSession> => {
		const session = sessions.get(graph) ?? (await open(graph));
		sessions.set(graph, session);
		if (graph === "logits") memory.hasBlocks = session.outputNames.includes("logit_blocks");
		return session;
	};

	/**
	 * Rows from an empty state, padded right to the longest; or rows of one length that continue caches. A row on its own takes
	 * and leaves its caches as they are.
	 */
	const runTogether = async (runs: readonly RunRow<TensorCaches>[]): Promise<RunOutput<TensorCaches>[]> => {
		const rows = runs.map(({ row }) => row);
		const keeps = runs.some((run) => run.keeps);
		const graph: GraphName = rows[0]!.wanted.heads ? "heads" : "logits";
		const longest = rows.reduce((most, { ids }) => Math.max(most, ids.length), 0);
		const session = await sessionOf(graph);
		const readout = graph === "heads" ? readHeads(rows, { longest, headRows }) : readRows(rows, longest, memory);
		const fetches = { ...readout.fetches, ...(keeps && fetchAll(specs.map(({ output }) => output))) };
		const caches = toCacheInputs(specs, runs);
		const results = await session.run({ ...toInputs(rows, longest), ...readout.feeds, ...caches }, fetches);
		const after = (i: number): TensorCaches => {
			const tokens = rows[i]!.start + rows[i]!.ids.length;
			const take = (spec: CacheSpec): Tensor => {
				const present = results[spec.output] as Tensor;
				return runs.length === 1 ? present : unstackCache(spec, present, i, tokens);
			};
			return toCaches(specs, take, tokens);
		};
		return runs.map((run, i) => ({ output: readout.take(results, i), caches: run.keeps ? after(i) : undefined }));
	};

	return {
		async run(runs) {
			if (canShare(runs)) return runTogether(runs);
			const outputs: RunOutput<TensorCaches>[] = [];
			for (const run of runs) outputs.push(...(await runTogether([run])));
			return outputs;
		},
		truncate: () => undefined, // a state has forgotten how it came about
		exportCaches: ({ tensors }) =>
			Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, (data as Float32Array).slice()])),
		importCaches: (arrays, tokens) => toCaches(specs, (spec) => toTensor(spec, arrays), tokens),
		release: () => {},
		async close() {
			for (const session of sessions.values()) await session.release();
		},
	};
}

/** Texts from an empty state may be padded; caches would take padding for text. */
function canShare(runs: readonly RunRow<TensorCaches>[]): boolean {
	if (runs.length === 1 || runs.every(({ caches, keeps }) => caches === undefined && !keeps)) return true;
	const [first] = runs;
	return runs.every(
		({ row }) => row.ids.length === first!.row.ids.length && row.wanted.heads === first!.row.wanted.heads,
	);
}

function toCacheInputs(specs: readonly CacheSpec[], runs: readonly RunRow<TensorCaches>[]): Record<string, Tensor> {
	const tensors = runs.map(({ caches }) => caches?.tensors);
	if (tensors.every((caches) => caches === undefined)) return freshCaches(specs, runs.length);
	return runs.length === 1 ? { ...tensors[0]! } : stackCaches(specs, tensors);
}

/** Zeros, with no past. */
function freshCaches(specs: readonly CacheSpec[], batch: number): Record<string, Tensor> {
	const tensors = specs.map(({ input, shape }) => {
		const dims = shape.map((dim) => (dim === "batch" ? batch : dim === "past" ? 0 : dim));
		return [input, new Tensor("float32", new Float32Array(dims.reduce((n, dim) => n * dim, 1)), dims)] as const;
	});
	return Object.fromEntries(tensors);
}

function toCaches(specs: readonly CacheSpec[], tensorOf: (spec: CacheSpec) => Tensor, tokens: number): TensorCaches {
	const tensors = Object.fromEntries(specs.map((spec) => [spec.input, tensorOf(spec)]));
	const bytes = Object.values(tensors).reduce((sum, { data }) => sum + (data as Float32Array).byteLength, 0);
	return { tensors, bytes, tokens };
}

/** A cache out of its values, whose number says how long its past is. */
function toTensor({ input, shape, maxPast = 0 }: CacheSpec, arrays: CacheArrays): Tensor {
	const values = arrays[input];
	const fixed = shape.reduce<number>((n, dim) => (typeof dim === "number" ? n * dim : n), 1);
	const past = values === undefined ? Number.NaN : values.length / fixed;
	const fits = shape.includes("past") ? Number.isInteger(past) && past <= maxPast : past === 1;
	if (values === undefined || !fits) throw new Error(`cache ${input} does not have shape [${shape.join(", ")}]`);
	return new Tensor(
		"float32",
		values,
		shape.map((dim) => (dim === "batch" ? 1 : dim === "past" ? past : dim)),
	);
}

/** Padding repeats id 0 and goes on counting positions: it comes after every token, and nothing looks ahead. */
function toInputs(rows: readonly Row[], longest: number): { input_ids: Tensor; positions: Tensor } {
	const ids = new Int32Array(rows.length * longest);
	const positions = new Int32Array(rows.length * longest);
	for (const [at, row] of rows.entries()) {
		ids.set(row.ids, at * longest);
		positions.set(positionsOf(row), at * longest);
		for (let t = row.ids.length; t < longest; t++) positions[at * longest + t] = row.start + t;
	}
	const dims = [rows.length, longest];
	return { input_ids: toInt64(ids, dims), positions: toInt64(positions, dims) };
}

function readRows(rows: readonly Row[], longest: number, memory: LogitsMemory): ReadoutRun {
	const offsets = rows.map((_, i) => i * longest);
	return prepareReadout(rows, offsets, memory);
}

/** All head outputs: the parts of the rows without their padding. A row on its own keeps the runtime's array. */
function readHeads(
	rows: readonly Row[],
	{ longest, headRows }: { longest: number; headRows: number },
): Pick<ReadoutRun, "feeds" | "fetches" | "take"> {
	return {
		feeds: {},
		fetches: { heads: null },
		take(results, i): JobOutput {
			const values = results.heads!.data as Float32Array;
			if (rows.length === 1) return { heads: values };
			const from = i * longest * headRows;
			return { heads: values.slice(from, from + rows[i]!.ids.length * headRows) };
		},
	};
}
