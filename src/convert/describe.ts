/**
 * The parts of a manifest that a plan and the files beside it give.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ModelPlan, WeightSource } from "../architectures/index.ts";
import { SluiceError } from "../errors.ts";
import { countHeadRows } from "./graphs.ts";
import { type ConvertedManifest, FORMAT, SLOTS } from "./manifest.ts";
import { readJson } from "./read-json.ts";
import { HEADS } from "./source.ts";

/** What a manifest says of the architecture. */
export type PlanDescription = Pick<
	ConvertedManifest,
	| "format"
	| "model_type"
	| "vocabSize"
	| "hiddenSize"
	| "layers"
	| "contextSize"
	| "layout"
	| "slots"
	| "caches"
	| "keyValues"
>;

/** A plan in the words of a manifest. */
export function describePlan(plan: ModelPlan): PlanDescription {
	const { modelType, vocabSize, hiddenSize, layers, contextSize, layout, caches, keyValues } = plan;
	return {
		format: FORMAT,
		model_type: modelType,
		vocabSize,
		hiddenSize,
		layers,
		...(contextSize !== undefined && { contextSize }),
		layout,
		slots: layout === "slots" ? SLOTS : 0,
		caches,
		keyValues: keyValues.map(({ window, ...spec }) => (window === undefined ? spec : { ...spec, window })),
	};
}

/** What the heads of a model directory measure. Throws `invalid_model` where that does not go with their rows. */
export async function readLabels(dir: string, heads: WeightSource | undefined): Promise<string[] | undefined> {
	if (heads === undefined || !existsSync(join(dir, "heads.json"))) return undefined;
	const result = z.object({ labels: z.array(z.string().min(1)).min(1) }).safeParse(await readJson(dir, "heads.json"));
	if (!result.success) {
		const [issue] = result.error.issues;
		throw new SluiceError("invalid_model", { detail: `heads.json: ${issue?.path.join(".")}: ${issue?.message}` });
	}
	const { labels } = result.data;
	const rows = countHeadRows(heads);
	if (labels.length * 3 === rows) return labels;
	const detail = `heads.json names ${labels.length} labels, ${HEADS} has ${rows} rows instead of 3 each`;
	throw new SluiceError("invalid_model", { detail });
}
