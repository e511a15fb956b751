/**
 * OpenAI's moderation endpoint, and servers that speak it: several texts per request, a score per category.
 * https://platform.openai.com/docs/api-reference/moderations
 */
import { z } from "zod";
import { judgedText } from "../../types.ts";
import { toEndpoint } from "./endpoint.ts";
import { type RemoteService, remoteFailed } from "./service.ts";
import { toWindows } from "./windows.ts";

/** What {@link createOpenAiService} is made of. */
export interface OpenAiOptions {
	readonly service: "openai";
	/** Default https://api.openai.com. */
	readonly baseUrl?: string | undefined;
	readonly apiKey?: string | undefined;
	/** Default `omni-moderation-latest`. */
	readonly model?: string | undefined;
}

const CATEGORIES = [
	"harassment",
	"harassment/threatening",
	"hate",
	"hate/threatening",
	"illicit",
	"illicit/violent",
	"self-harm",
	"self-harm/intent",
	"self-harm/instructions",
	"sexual",
	"sexual/minors",
	"violence",
	"violence/graphic",
];

/** Beyond 32,768 tokens the service cuts silently. A token has a byte or more, a code unit at most three bytes. */
const WINDOW_CHARACTERS = 10_000;

const Answer = z.object({
	results: z.array(z.object({ category_scores: z.record(z.string(), z.number().min(0).max(1).nullable()) })),
});

/** The service; of an exchange it reads the response alone. Throws `invalid_config`. */
export function createOpenAiService({
	baseUrl = "https://api.openai.com",
	apiKey,
	model = "omni-moderation-latest",
}: OpenAiOptions): RemoteService {
	return {
		name: "openai",
		model,
		endpoint: {
			url: toEndpoint({ service: "openai", baseUrl, path: "v1/moderations", apiKey }),
			headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
		},
		categories: CATEGORIES,
		batch: { pieces: 32, characters: 100_000 },
		split: (content) => toWindows(judgedText(content), WINDOW_CHARACTERS),
		toBody: (pieces) => ({ model, input: pieces.map(judgedText) }),
		toReadings(answer, pieces) {
			const parsed = Answer.safeParse(answer);
			if (!parsed.success) throw remoteFailed("openai", "answered in another form than the moderation API's");
			const { results } = parsed.data;
			if (results.length !== pieces)
				throw remoteFailed("openai", `answered ${pieces} texts with ${results.length} results`);
			return results.map(({ category_scores: scores }) => ({ risk: (category) => scores[category] ?? undefined }));
		},
	};
}
