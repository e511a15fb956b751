/**
 * Runs the graphs of a converted model in the thread that it is called in: batches without caches, single rows with them.
 * Knows nothing of jobs, queues or messages.
 */
import { join } from "node:path";
import type { CacheSpec } from "../architectures/index.ts";
import { type InferenceSession, openGraph, Tensor } from "./onnxruntime.ts";
import type { GraphName, JobOutput, Row, ThreadSetup } from "./protocol.ts";

/** Which outputs of which graph. */
export interface Wanted {
	readonly graph: GraphName;
	readonly hidden: boolean;
}

/** The caches of one text after some tokens; never written to, so copies may share them. */
export interface Caches {
	readonly bytes: number;
}

/** What the loop of an inference thread needs; `C` is whatever the runner carries. */
export interface GraphRunner<C extends Caches> {
	/** Rows from an empty state, padded right to the longest; no caches are computed into. */
	runBatch(rows: readonly Row[], wanted: Wanted): Promise<JobOutput[]>;
	/** One row after `caches`, or from an empty state. */
	runRow(row: Row, wanted: Wanted, caches: C | undefined): Promise<{ output: JobOutput; caches: C }>;
	close(): Promise<void>;
}

/** Caches as the runtime's tensors, by input name. */
export interface TensorCaches extends Caches {
	readonly tensors: Readonly<Record<string, Tensor>>;
}

const FILES: Readonly<Record<GraphName, string>> = { logits: "model.onnx", heads: "heads.onnx" };

/** Opens the graph that is needed first. Rejects with the runtime's own error. */
export async function openGraphRunner(setup: ThreadSetup): Promise<GraphRunner<TensorCaches>> {
	const open = (graph: GraphName): Promise<InferenceSession> => openGraph(join(setup.directory, FILES[graph]));
	const sessions = new Map<GraphName, InferenceSession>([[setup.first, await open(setup.first)]]);
	const sessionOf = async (graph: GraphName): Promise<InferenceSession> => {
		const session = sessions.get(graph) ?? (await open(graph));
		sessions.set(graph, session);
		return session;
	};
	const outputsOf = ({ graph, hidden }: Wanted): string[] => [
		graph,
		...(hidden ? Array.from({ length: setup.layers + 1 }, (_, layer) => `hidden.${layer}`) : []),
	];
	return {
		async runBatch(rows, wanted) {
			const session = await sessionOf(wanted.graph);
			const results = await session.run(
				{ ...toInputs(rows), ...freshCaches(setup.caches, rows.length) },
				outputsOf(wanted),
			);
			return rows.map((row, at) => rowOutput(results, wanted, { at, of: rows.length, length: row.ids.length }));
		},
		async runRow(row, wanted, caches) {
			const session = await sessionOf(wanted.graph);
			const carried = caches?.tensors ?? freshCaches(setup.caches, 1);
			const names = setup.caches.map(({ output }) => output);
			const results = await session.run({ ...toInputs([row]), ...carried }, [...outputsOf(wanted), ...names]);
			const tensors = Object.fromEntries(setup.caches.map(({ input, output }) => [input, results[output]!]));
			return {
				output: rowOutput(results, wanted, { at: 0, of: 1, length: row.ids.length }),
				caches: { tensors, bytes: bytesOf(Object.values(tensors)) },
			};
		},
		async close() {
			for (const session of sessions.values()) await session.release();
		},
	};
}

/** Zeros, with no past. */
function freshCaches(caches: readonly CacheSpec[], batch: number): Record<string, Tensor> {
	const tensors = caches.map(({ input, shape }) => {
		const dims = shape.map((dim) => (dim === "batch" ? batch : dim === "past" ? 0 : dim));
		return [input, new Tensor("float32", new Float32Array(dims.reduce((n, dim) => n * dim, 1)), dims)] as const;
	});
	return Object.fromEntries(tensors);
}

/** Padding repeats id 0 and goes on counting positions: it comes after every token, and nothing looks ahead. */
function toInputs(rows: readonly Row[]): { input_ids: Tensor; positions: Tensor } {
	const longest = rows.reduce((most, { ids }) => Math.max(most, ids.length), 0);
	const ids = new BigInt64Array(rows.length * longest);
	const positions = new BigInt64Array(rows.length * longest);
	const idWords = new Int32Array(ids.buffer);
	const positionWords = new Int32Array(positions.buffer);
	for (const [at, row] of rows.entries()) {
		for (let t = 0; t < longest; t++) {
			const word = 2 * (at * longest + t); // little-endian int64: low word first
			const position = row.positions?.[t] ?? row.start + t;
			idWords[word] = row.ids[t] ?? 0;
			positionWords[word] = position;
			positionWords[word + 1] = position >> 31;
		}
	}
	const dims = [rows.length, longest];
	return { input_ids: new Tensor("int64", ids, dims), positions: new Tensor("int64", positions, dims) };
}

/** The part of one row without its padding. A row on its own keeps the runtime's array, others are copied out. */
function rowOutput(
	results: InferenceSession.OnnxValueMapType,
	{ graph, hidden }: Wanted,
	row: { at: number; of: number; length: number },
): JobOutput {
	const take = (name: string): Float32Array => {
		const { data, dims } = results[name]!;
		const [longest, width] = [dims[1]!, dims[2]!];
		const values = data as Float32Array;
		if (row.of === 1) return values;
		return values.slice(row.at * longest * width, (row.at * longest + row.length) * width);
	};
	if (!hidden) return { values: take(graph) };
	const states = Object.keys(results).filter((name) => name.startsWith("hidden."));
	return { values: take(graph), hidden: states.map((_, layer) => take(`hidden.${layer}`)) };
}

function bytesOf(tensors: readonly Tensor[]): number {
	return tensors.reduce((sum, { data }) => sum + (data as Float32Array).byteLength, 0);
}
