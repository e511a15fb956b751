/**
 * heads.json beside the classifier's weights: label names and calibration fitted in training.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { SluiceError } from "../errors.ts";

/** Labels in the order of the head rows; a label without calibration is not measured well enough to serve a policy. */
export interface HeadsFile {
	labels: string[];
	/** Attention scores are clipped to ± this. */
	score_clip: number;
	/** risk = sigmoid(scale · logit + offset). */
	calibration: Record<string, { scale: number; offset: number }>;
}

const HeadsFileSchema: z.ZodType<HeadsFile> = z.object({
	labels: z.array(z.string().min(1)).min(1),
	score_clip: z.number().positive(),
	calibration: z.record(z.string(), z.object({ scale: z.number(), offset: z.number() })),
});

/** Reads `directory`/heads.json; `invalid_model` names the field that is wrong. */
export async function readHeadsFile(directory: string): Promise<HeadsFile> {
	const text = await readFile(join(directory, "heads.json"), "utf8").catch((cause: unknown) => {
		throw new SluiceError("invalid_model", {
			detail: "the model has no readable heads.json; is it a classifier?",
			cause,
		});
	});
	const parsed = HeadsFileSchema.safeParse(parseJson(text));
	if (parsed.success) return parsed.data;
	const issue = parsed.error.issues[0];
	throw new SluiceError("invalid_model", { detail: `heads.json: ${issue?.path.join(".")}: ${issue?.message}` });
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new SluiceError("invalid_model", { detail: "heads.json is not valid JSON", cause });
	}
}
