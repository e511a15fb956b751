/**
 * Text moderation of Google's Cloud Natural Language API, version 2: one text per request, a confidence per category.
 * The answer of version 1 has the same form. https://cloud.google.com/natural-language/docs/moderating-text
 */
import { z } from "zod";
import { judgedText } from "../../types.ts";
import { toEndpoint } from "./endpoint.ts";
import { type RemoteService, remoteFailed } from "./service.ts";
import { toWindows } from "./windows.ts";

/** What {@link createGoogleService} is made of. */
export interface GoogleOptions {
	readonly service: "google";
	/** Default https://language.googleapis.com. */
	readonly baseUrl?: string | undefined;
	readonly apiKey?: string | undefined;
	/** `MODEL_VERSION_1` or `MODEL_VERSION_2`; the service's default where left out. */
	readonly model?: string | undefined;
}

const CATEGORIES = [
	"Toxic",
	"Derogatory",
	"Violent",
	"Sexual",
	"Insult",
	"Profanity",
	"Death, Harm & Tragedy",
	"Firearms & Weapons",
	"Public Safety",
	"Health",
	"Religion & Belief",
	"Illicit Drugs",
	"War & Conflict",
	"Finance",
	"Politics",
	"Legal",
];

/** The service ignores what exceeds 100,000 tokens or 1,000,000 bytes; so many code units exceed neither. */
const WINDOW_CHARACTERS = 100_000;

const Answer = z.object({
	moderationCategories: z.array(z.object({ name: z.string(), confidence: z.number().min(0).max(1).optional() })),
});

/** The service; of an exchange it reads the response alone. Throws `invalid_config`. */
export function createGoogleService({
	baseUrl = "https://language.googleapis.com",
	apiKey,
	model,
}: GoogleOptions): RemoteService {
	return {
		name: "google",
		model: model ?? "default",
		endpoint: {
			url: toEndpoint({ service: "google", baseUrl, path: "v2/documents:moderateText", apiKey }),
			headers: apiKey === undefined ? {} : { "x-goog-api-key": apiKey },
		},
		categories: CATEGORIES,
		batch: { pieces: 1, characters: WINDOW_CHARACTERS },
		split: (content) => toWindows(judgedText(content), WINDOW_CHARACTERS),
		toBody: ([piece = ""]) => ({
			document: { type: "PLAIN_TEXT", content: judgedText(piece) },
			...(model === undefined ? {} : { modelVersion: model }),
		}),
		toReadings(answer) {
			const parsed = Answer.safeParse(answer);
			if (!parsed.success) throw remoteFailed("google", "answered in another form than moderateText's");
			const confidences = new Map(parsed.data.moderationCategories.map(({ name, confidence }) => [name, confidence]));
			return [{ risk: (category) => confidences.get(category) }];
		},
	};
}
