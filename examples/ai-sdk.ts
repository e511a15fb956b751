/**
 * An app on the Vercel AI SDK: the guard is one middleware around whatever model it uses.
 * import { openai } from "@ai-sdk/openai"; await write(openai("gpt-4o-mini"), "A poem, please.", classifier)
 */
import { type LanguageModelMiddleware, streamText, wrapLanguageModel } from "ai";
import { type AiSdkGuardOptions, guardModel } from "../src/guard/index.ts";

type Model = Parameters<typeof wrapLanguageModel>[0]["model"];

/** The answer and how it ended: `content-filter` where it was stopped. */
export async function ask(
	model: Model,
	prompt: string,
	options: AiSdkGuardOptions,
): Promise<{ readonly text: string; readonly finishReason: string }> {
	const middleware: LanguageModelMiddleware = guardModel(options);
	const result = streamText({ model: wrapLanguageModel({ model, middleware }), prompt });
	return { text: await result.text, finishReason: await result.finishReason };
}
