/** OpenAI's sampling parameters as the generator's. What would change the answer and cannot be done is refused, not ignored. */
import { SluiceError } from "../../errors.ts";
import type { TextOptions } from "../../generator/index.ts";

type Body = Readonly<Record<string, unknown>>;

/** Parameters that have to be absent, null, or the value that does nothing. */
const NEUTRAL: Readonly<Record<string, (value: unknown) => boolean>> = {
	tools: (value) => Array.isArray(value) && value.length === 0,
	functions: (value) => Array.isArray(value) && value.length === 0,
	response_format: (value) => (value as { type?: unknown }).type === "text",
	frequency_penalty: (value) => value === 0,
	presence_penalty: (value) => value === 0,
	suffix: (value) => value === "",
	echo: (value) => value === false,
	best_of: (value) => value === 1,
	prediction: () => false,
};

/** Throws `unsupported_input` for what the generator lacks, `invalid_request` for values of the wrong kind. */
export function readParameters(body: Body, maxTokens: number): Omit<TextOptions, "signal"> {
	for (const [name, isNeutral] of Object.entries(NEUTRAL)) {
		const value = body[name];
		if (value === undefined || value === null || isNeutral(value)) continue;
		throw new SluiceError("unsupported_input", {
			detail: `/${name}: the local model cannot do that`,
			pointer: `/${name}`,
		});
	}
	return {
		maxTokens: readNumber(body, "max_completion_tokens") ?? readNumber(body, "max_tokens") ?? maxTokens,
		temperature: readNumber(body, "temperature") ?? 1,
		topP: readNumber(body, "top_p"),
		topK: readNumber(body, "top_k"),
		minP: readNumber(body, "min_p"),
		repetitionPenalty: readNumber(body, "repetition_penalty"),
		seed: readNumber(body, "seed"),
		stop: (body.stop ?? undefined) as TextOptions["stop"], // the generator checks it
		logitBias: (body.logit_bias ?? undefined) as TextOptions["logitBias"],
	};
}

function readNumber(body: Body, name: string): number | undefined {
	const value = body[name];
	if (value === undefined || value === null) return undefined;
	if (typeof value === "number") return value;
	throw new SluiceError("invalid_request", { detail: `/${name}: must be a number`, pointer: `/${name}` });
}
