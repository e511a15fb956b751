/**
 * Runs graphs of the slots layout: tokens of several texts in one row, each with its own keys and values. One graph has a
 * single slot, the other several; the latter costs a little more per run, so it is used only when texts share one.
 */
import type { KeyValueSpec } from "../architectures/index.ts";
import type { GraphRunner, RunRow } from "./graph-runner.ts";
import { importKeyValues, KeyValueStore, type KeyValues, type LayerBuffers } from "./key-values.ts";
import { type InferenceSession, openGraph, Tensor } from "./onnxruntime.ts";
import type { JobOutput, ModelLayout, ThreadSetup } from "./protocol.ts";
import { createLogitsMemory, fetchAll, prepareReadout } from "./readout.ts";
import { positionsOf, toInt64 } from "./row-inputs.ts";

type Feeds = Record<string, Tensor>;
type Results = InferenceSession.OnnxValueMapType;
type SlotsLayout = Extract<ModelLayout, { kind: "slots" }>;

/** Opens the graph of a single slot. Rejects with the runtime's own error. */
export async function openSlotsRunner(
	{ files, graph, headRows }: ThreadSetup,
	{ keyValues: specs, slots }: SlotsLayout,
): Promise<GraphRunner<KeyValues>> {
	const single = await openGraph(files.model!, graph);
	let several: Promise<InferenceSession> | undefined;
	const memory = createLogitsMemory();
	memory.hasBlocks = single.outputNames.includes("logit_blocks");
	const windows = [...new Set(specs.map(({ window }) => window))];

	const runTogether = async (runs: readonly RunRow<KeyValues>[]) => {
		const rows = runs.map(({ row }) => row);
		const count = rows.length === 1 ? 1 : slots;
		if (count > 1) several ??= openGraph(files.slots!, graph);
		const session = count === 1 ? single : await several!;
		const { offsets, feeds } = toInputs(runs, count);
		for (let slot = 0; slot < count; slot++) addCaches(feeds, slot, runs[slot], { specs, windows });
		const readout = prepareReadout(rows, offsets, memory);
		const withHeads = headRows > 0 && rows.some(({ wanted }) => wanted.heads);
		const keeps = runs.some((run) => run.keeps);
		const fetches = {
			...readout.fetches,
			...(withHeads && { heads: null }),
			...(keeps && fetchAll(specs.flatMap(({ name }) => [`present.${name}.keys`, `present.${name}.values`]))),
		};
		const results = await session.run({ ...feeds, ...readout.feeds }, fetches);
		return runs.map((run, i) => ({
			output: { ...readout.take(results, i), ...takeHeads(results, run, { offset: offsets[i]!, headRows }) },
			caches: run.keeps ? keep(run, results, offsets[i]!) : undefined,
		}));
	};

	/** The run's keys and values behind those that it continued. */
	const keep = ({ row, caches }: RunRow<KeyValues>, results: Results, offset: number): KeyValues => {
		const from = caches ?? new KeyValueStore(specs).view(0)!;
		const data = (name: string): Float32Array => results[name]!.data as Float32Array;
		const kept = from.store.append(from, row.ids.length, (layer) => {
			const { name } = specs[layer]!;
			const of = results[`present.${name}.keys`]!.dims[2]!;
			return { keys: data(`present.${name}.keys`), values: data(`present.${name}.values`), from: offset, of };
		});
		if (caches === undefined) from.store.release(from);
		return kept;
	};

	return {
		async run(runs) {
			const outputs = [];
			for (let at = 0; at < runs.length; at += slots) outputs.push(...(await runTogether(runs.slice(at, at + slots))));
			return outputs;
		},
		truncate: ({ store }, tokens) => store.view(tokens),
		exportCaches: (caches) => caches.store.export(caches),
		importCaches: (arrays, tokens) => importKeyValues(specs, arrays, tokens),
		release: (caches) => caches.store.release(caches),
		async close() {
			await single.release();
			await (await several)?.release();
		},
	};
}

/** Tokens of all texts one after another, how many belong to each slot, and the number of each text's first token. */
function toInputs(runs: readonly RunRow<KeyValues>[], count: number): { offsets: number[]; feeds: Feeds } {
	const rows = runs.map(({ row }) => row);
	const lengths = Array.from({ length: count }, (_, slot) => rows[slot]?.ids.length ?? 0);
	const offsets: number[] = [];
	let total = 0;
	for (const { ids } of rows) {
		offsets.push(total);
		total += ids.length;
	}
	const ids = new Int32Array(total);
	const positions = new Int32Array(total);
	for (const [i, row] of rows.entries()) {
		ids.set(row.ids, offsets[i]);
		positions.set(positionsOf(row), offsets[i]);
	}
	const dims = [1, total];
	const feeds: Feeds = { input_ids: toInt64(ids, dims), positions: toInt64(positions, dims) };
	if (count > 1) feeds.slot_tokens = toInt64(lengths);
	return { offsets, feeds };
}

/** The keys and values of a slot, where they lie; none for a slot without a text. */
function addCaches(
	feeds: Feeds,
	slot: number,
	run: RunRow<KeyValues> | undefined,
	{ specs, windows }: { specs: readonly KeyValueSpec[]; windows: readonly (number | undefined)[] },
): void {
	const caches = run?.caches;
	feeds[`start.${slot}`] = toInt64([run?.row.start ?? 0]);
	for (const window of windows) {
		feeds[`index.${window ?? "all"}.${slot}`] = toInt64(caches?.store.stepsOf(window, caches.tokens) ?? []);
	}
	for (const [layer, spec] of specs.entries()) {
		const buffers = caches?.store.layers[layer];
		feeds[`past.${spec.name}.keys.${slot}`] = toTensor(spec, buffers, "keys");
		feeds[`past.${spec.name}.values.${slot}`] = toTensor(spec, buffers, "values");
	}
}

const NOTHING = new Float32Array();

function toTensor({ heads, size }: KeyValueSpec, buffers: LayerBuffers | undefined, kind: "keys" | "values"): Tensor {
	const data = buffers?.[kind] ?? NOTHING;
	return new Tensor("float32", data, [heads, 1, data.length / heads / size, size]);
}

function takeHeads(
	results: Results,
	{ row }: RunRow<KeyValues>,
	{ offset, headRows }: { offset: number; headRows: number },
): JobOutput {
	if (!row.wanted.heads) return {};
	const values = results.heads!.data as Float32Array;
	return { heads: values.slice(offset * headRows, (offset + row.ids.length) * headRows) };
}
