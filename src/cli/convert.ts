/** `sluice convert`: a Hugging Face model directory into the directory the engine runs. */
import { SluiceError } from "../errors.ts";
import type { WeightFormat } from "./context.ts";
import { createProgress } from "./progress.ts";
import type { Register } from "./register.ts";

const FORMATS: readonly WeightFormat[] = ["f32", "q8", "q4"];

/** Adds the command. */
export const registerConvert: Register = (program, context) => {
	program
		.command("convert")
		.description("convert a Hugging Face model directory to ONNX")
		.argument("<dir>", "directory with config.json and model.safetensors")
		.argument("<out>", "directory to write; replaced as a whole when it is complete")
		.option("--weights <format>", "weight format: f32, q8 or q4", "q8")
		.action(async (from: string, out: string, options: { weights: string }) => {
			const weights = FORMATS.find((format) => format === options.weights);
			if (weights === undefined)
				throw new SluiceError("invalid_request", { detail: `--weights must be one of ${FORMATS.join(", ")}` });
			const progress = createProgress(context);
			const manifest = await context
				.convertModel(from, out, {
					weights,
					onProgress: (done, total) => progress.show(`${done} of ${total}`),
				})
				.finally(() => progress.end());
			context.stdout(`${JSON.stringify({ out, ...manifest })}\n`);
		});
};
