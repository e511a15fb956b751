/** What an edge and its origin say to each other: policies and model, verdicts, lines of batches. Both are of one version. */
import { z } from "@hono/zod-openapi";
import type { WireVerdict } from "../../dispatch/index.ts";
import { type Budget, type Content, type ModelIdentity, type Policy, PolicySchema } from "../../types.ts";
import { type BatchRequestBody, BatchRequestSchema } from "./batches.ts";

/** Paths of the origin that answer an edge alone. */
export const EDGE_PATHS = { manifest: "/edge/manifest", verdicts: "/edge/verdicts", lines: "/edge/lines" } as const;

/** What the origin judges by. */
export interface EdgeManifest {
	policies: Policy[];
	model: ModelIdentity;
	/** Longest text, UTF-16 code units. */
	maxCharacters: number;
}

/** Texts to judge. */
export interface VerdictsRequest {
	/** Fingerprint of the policies as the caller's key has them: others give no verdicts. */
	policies: string;
	/** The edge's route that the texts came by. */
	surface: string;
	contents: Content[];
	budget?: Budget | undefined;
}

/** One verdict per content. */
export interface VerdictsResponse {
	model: ModelIdentity;
	verdicts: WireVerdict[];
}

const model = z.object({ id: z.string(), hash: z.string() });

/** Parses {@link EdgeManifest}. */
export const EdgeManifestSchema: z.ZodType<EdgeManifest> = z
	.object({ policies: z.array(PolicySchema), model, maxCharacters: z.int().positive() })
	.openapi("EdgeManifest");

/** Parses {@link VerdictsRequest}. */
export const VerdictsRequestSchema: z.ZodType<VerdictsRequest> = z
	.strictObject({
		policies: z.string(),
		surface: z.string(),
		contents: z.array(z.union([z.string(), z.strictObject({ prompt: z.string(), response: z.string() })])),
		budget: z
			.strictObject({ maxEscalations: z.int().nonnegative().optional(), offline: z.boolean().optional() })
			.optional(),
	})
	.openapi("EdgeVerdictsRequest");

/** Parses {@link VerdictsResponse}; what a verdict says is checked against the policies by its reader. */
export const VerdictsResponseSchema: z.ZodType<VerdictsResponse> = z
	.object({ model, verdicts: z.array(z.looseObject({}) as unknown as z.ZodType<WireVerdict>) })
	.openapi("EdgeVerdicts");

/** A batch's id that an edge gave: when, 96 random bits and a mark that it is the edge's, in 48 hexadecimal digits. */
const batch = z.string().regex(/^batch_[0-9a-f]{48}$/);

/** Some lines of a batch, or what is known after its last line. */
export type LinesRequest =
	| { batch: string; at: number; lines: string[] }
	| { batch: string; end: { lines: number; request: Omit<BatchRequestBody, "input_file_id"> } };

const EndSchema = z
	.object({ lines: z.int().nonnegative(), request: z.record(z.string(), z.unknown()) })
	.transform(({ lines, request }, context) => {
		const parsed = BatchRequestSchema.safeParse({ ...request, input_file_id: "" });
		if (parsed.success) return { lines, request: parsed.data };
		for (const { path, message } of parsed.error.issues)
			context.addIssue({ code: "custom", path: path as string[], message });
		return z.NEVER;
	});

/** Parses {@link LinesRequest}; `at` counts lines from 0. */
export const LinesRequestSchema: z.ZodType<LinesRequest> = z.union([
	z.strictObject({ batch, at: z.int().nonnegative(), lines: z.array(z.string()).min(1) }),
	z.strictObject({ batch, end: EndSchema as unknown as z.ZodType<{ lines: number; request: BatchRequestBody }> }),
]);

/** Documents what {@link LinesRequestSchema} parses. */
export const LinesBodySchema: z.ZodType<object> = z
	.object({ batch: z.string(), at: z.int().optional(), lines: z.array(z.string()).optional() })
	.openapi("EdgeLines");
