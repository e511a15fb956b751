/**
 * Which graphs a plan's layout takes, by file name, over the same weights.
 */
import type { ModelPlan, WeightKind, WeightSource } from "../architectures/index.ts";
import type { Graph } from "../onnx/index.ts";
import { type EmbeddingScale, SLOTS } from "./manifest.ts";

/** What the graphs are built from; `heads` has heads.weight and heads.bias. */
export interface GraphParts {
	readonly plan: ModelPlan;
	readonly model: WeightSource;
	readonly heads: WeightSource | undefined;
	readonly weights: WeightKind;
	readonly embeddingScale: EmbeddingScale;
}

/** Rows of the heads' output; 0 where there are none. */
export function countHeadRows(heads: WeightSource | undefined): number {
	return heads?.tensors.get("heads.weight")?.shape[0] ?? 0;
}

/** Graphs by file name. Throws `invalid_weights` naming the tensor that is missing or of another shape. */
export function buildGraphs(parts: GraphParts): Record<string, Graph> {
	return parts.plan.layout === "rows" ? buildRowsGraphs(parts) : buildSlotsGraphs(parts);
}

/** A runtime computes a whole graph whatever is fetched, so the heads have one without logits. */
function buildRowsGraphs({ plan, model, heads, ...given }: GraphParts): Record<string, Graph> {
	const options = toBuildOptions(given);
	const graphs: Record<string, Graph> = { "model.onnx": plan.build(model, { ...options, outputs: "logits" }) };
	if (heads === undefined) return graphs;
	const rows = countHeadRows(heads);
	graphs["heads.onnx"] = plan.build(join(model, heads), { ...options, outputs: "heads", heads: { rows } });
	return graphs;
}

/** The head of the vocabulary is computed for selected tokens only, so one graph has all outputs. */
function buildSlotsGraphs({ plan, model, heads, ...given }: GraphParts): Record<string, Graph> {
	const source = heads === undefined ? model : join(model, heads);
	const build = (slots: number): Graph =>
		plan.build(source, {
			...toBuildOptions(given),
			outputs: "logits",
			slots,
			...(heads && { heads: { rows: countHeadRows(heads) } }),
		});
	return { "model.onnx": build(1), "slots.onnx": build(SLOTS) };
}

function toBuildOptions({ weights, embeddingScale }: Pick<GraphParts, "weights" | "embeddingScale">): {
	weights: WeightKind;
	bfloat16Scale: boolean;
} {
	return { weights, bfloat16Scale: embeddingScale === "bfloat16" };
}

function join(model: WeightSource, heads: WeightSource): WeightSource {
	return {
		tensors: new Map([...model.tensors, ...heads.tensors]),
		readF32: (name, rows) => (heads.tensors.has(name) ? heads : model).readF32(name, rows),
	};
}
