/**
 * The list of architectures: one file each, named after its `model_type`.
 */
import { SluiceError } from "../errors.ts";
import type { Architecture, ModelPlan } from "./architecture.ts";
import { gemma } from "./gemma.ts";
import { gemma2 } from "./gemma2.ts";
import { recurrentGemma } from "./recurrent_gemma.ts";

export {
	type Architecture,
	type BuildOptions,
	type CacheSpec,
	type KeyValueSpec,
	type ModelPlan,
	WEIGHT_KINDS,
	type WeightKind,
	type WeightSource,
} from "./architecture.ts";
export { LOGIT_BLOCK } from "./readout.ts";

/** Architectures by the `model_type` of config.json. */
export const ARCHITECTURES: ReadonlyMap<string, Architecture> = new Map(
	[gemma, gemma2, recurrentGemma].map((architecture) => [architecture.modelType, architecture]),
);

/** The plan for a parsed config.json. Throws `invalid_model` for an unknown `model_type` or a field that does not fit. */
export function planModel(config: unknown): ModelPlan {
	const modelType =
		typeof config === "object" && config !== null && "model_type" in config ? config.model_type : undefined;
	const architecture = typeof modelType === "string" ? ARCHITECTURES.get(modelType) : undefined;
	if (architecture !== undefined) return architecture.plan(config);
	const known = [...ARCHITECTURES.keys()].join(", ");
	const given = modelType === undefined ? "is missing" : `${JSON.stringify(modelType)} is not known`;
	throw new SluiceError("invalid_model", {
		detail: `config.json: model_type ${given}; known: ${known}`,
		pointer: "/model_type",
	});
}
