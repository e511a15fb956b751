/** `sluice convert`: a Hugging Face model directory into the directory the engine runs. */
import type { EmbeddingScale } from "../convert/index.ts";
import { SluiceError } from "../errors.ts";
import type { WeightFormat } from "./context.ts";
import { createProgress } from "./progress.ts";
import type { Register } from "./register.ts";

const SCALES: readonly EmbeddingScale[] = ["exact", "bfloat16"];
const FORMATS: readonly WeightFormat[] = ["f32", "q8", "q4"];

/** Adds the command. */
export const registerConvert: Register = (program, context) => {
	program
		.command("convert")
		.description("convert a Hugging Face model directory to ONNX")
		.argument("<dir>", "directory with config.json and model.safetensors")
		.argument("<out>", "directory to write; replaced as a whole when it is complete")
		.option("--weights <format>", "weight format: f32, q8 or q4", "q8")
		.option(
			"--embedding-scale <rounding>",
			"multiplier of the embeddings: exact, or bfloat16 as references run",
			"exact",
		)
		.addHelpText("after", "\nA stopped conversion goes on when the same command is given again.")
		.action(async (from: string, out: string, options: { weights: string; embeddingScale: string }) => {
			const weights = FORMATS.find((format) => format === options.weights);
			if (weights === undefined)
				throw new SluiceError("invalid_request", { detail: `--weights must be one of ${FORMATS.join(", ")}` });
			const embeddingScale = SCALES.find((scale) => scale === options.embeddingScale);
			if (embeddingScale === undefined)
				throw new SluiceError("invalid_request", { detail: `--embedding-scale must be one of ${SCALES.join(", ")}` });
			const progress = createProgress(context);
			const manifest = await context
				.convertModel(from, out, {
					weights,
					embeddingScale,
					onProgress: (done, total) => progress.show(`${done} of ${total}`),
				})
				.finally(() => progress.end());
			context.stdout(`${JSON.stringify({ out, ...manifest })}\n`);
		});
};
