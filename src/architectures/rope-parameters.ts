/**
 * `rope_parameters` of config.json: where transformers 5 writes what earlier versions have beside the other keys, which it
 * overrides. Knows no member of the registry.
 */
import { z } from "zod";

/** What of it is built. */
export interface RopeParameters {
	readonly rope_theta?: number | undefined;
	/** The share of a head that is rotated. */
	readonly partial_rotary_factor?: number | undefined;
}

/** Checks it; other frequencies than the plain ones are refused. */
export const RopeParametersSchema: z.ZodType<RopeParameters | null | undefined> = z
	.object({
		rope_type: z.literal("default", "is not supported").optional(),
		rope_theta: z.number().positive().optional(),
		partial_rotary_factor: z.number().gt(0).max(1).optional(),
	})
	.nullish();
