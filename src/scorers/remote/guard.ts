/**
 * A guard model behind any OpenAI-compatible chat endpoint (vLLM, llama.cpp, Ollama, hosted ones): prompt and response go
 * as user and assistant turns, the server's chat template puts the safety rules around them. Formats: guard-format.ts.
 */
import { z } from "zod";
import { SluiceError } from "../../errors.ts";
import type { Content } from "../../types.ts";
import { toEndpoint } from "./endpoint.ts";
import { GUARD_FORMATS, type GuardFormat } from "./guard-format.ts";
import { LogprobsSchema, toExpectedRisk } from "./guard-probability.ts";
import { type Reading, type RemoteService, remoteFailed } from "./service.ts";
import { toWindows } from "./windows.ts";

/** What {@link createGuardService} is made of. */
export interface GuardOptions {
	readonly service: "guard";
	/** With or without /v1 at the end. */
	readonly baseUrl: string;
	/** The name the server knows the model by. */
	readonly model: string;
	readonly format: keyof typeof GUARD_FORMATS;
	readonly apiKey?: string | undefined;
	/**
	 * Code units a request may hold, default 4,000. The server's context must hold its template and what these become:
	 * about a quarter as many tokens in English, at the very most three times as many.
	 */
	readonly windowCharacters?: number | undefined;
	/** Whether to ask for logprobs, default true; for servers that refuse requests with them. */
	readonly logprobs?: boolean | undefined;
}

/** Longest answer: the label and all categories. */
const MAX_ANSWER_TOKENS = 128;

const Answer = z.object({
	choices: z.tuple([
		z.object({
			message: z.object({ content: z.string() }),
			finish_reason: z.string().nullish(),
			logprobs: LogprobsSchema,
		}),
	]),
});

/** The service. Throws `invalid_config`. */
export function createGuardService(options: GuardOptions): RemoteService {
	const { baseUrl, model, apiKey, windowCharacters = 4000, logprobs = true } = options;
	const format = GUARD_FORMATS[options.format];
	if (!(Number.isInteger(windowCharacters) && windowCharacters >= 200))
		throw new SluiceError("invalid_config", {
			detail: "the remote service guard: a window has 200 characters or more",
		});
	return {
		name: "guard",
		model: `${model} (${options.format})`,
		endpoint: {
			url: toEndpoint({ service: "guard", baseUrl, path: "v1/chat/completions", apiKey }),
			headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` },
		},
		categories: format.categories,
		batch: { pieces: 1, characters: windowCharacters },
		split: (content, pointer) => splitContent(content, windowCharacters, pointer),
		toBody: ([piece = ""]) => ({
			model,
			messages: toTurns(piece),
			temperature: 0,
			max_tokens: MAX_ANSWER_TOKENS,
			...(logprobs ? { logprobs: true, top_logprobs: 5 } : {}),
		}),
		toReadings: (answer) => [toReading(answer, format)],
	};
}

/** A prompt is never cut: it goes with every window of the response, which gets at least half of the room. */
function splitContent(content: Content, size: number, pointer: string): Content[] {
	if (typeof content === "string") return toWindows(content, size);
	const { prompt, response } = content;
	if (prompt.length + response.length <= size) return [content];
	if (prompt.length > size / 2)
		throw new SluiceError("text_too_long", {
			detail: `the prompt before a long response has ${prompt.length} characters; the guard model takes ${Math.floor(size / 2)}`,
			pointer,
		});
	return toWindows(response, size - prompt.length).map((part) => ({ prompt, response: part }));
}

function toTurns(piece: Content): { role: "user" | "assistant"; content: string }[] {
	if (typeof piece === "string") return [{ role: "user", content: disarm(piece) }];
	return [
		{ role: "user", content: disarm(piece.prompt) },
		{ role: "assistant", content: disarm(piece.response) },
	];
}

/**
 * Puts a space into what a server would read as a control token (`<|eot_id|>`, `<|im_end|>`) or what ends the conversation
 * in the templates (`<END CONVERSATION>`), so that a text cannot close its own turn and answer in the model's place.
 */
function disarm(text: string): string {
	return text.replaceAll(/<(?=\|[^|<>\s]{1,64}\|>|(?:BEGIN|END) [A-Z ]{1,64}>)/g, "< ");
}

function toReading(data: unknown, format: GuardFormat): Reading {
	const parsed = Answer.safeParse(data);
	if (!parsed.success) throw remoteFailed("guard", "answered in another form than a chat completion");
	const [{ message, finish_reason: finish, logprobs }] = parsed.data.choices;
	const answer = finish === "length" || finish === "content_filter" ? undefined : format.parse(message.content);
	if (answer === undefined) throw remoteFailed("guard", "gave an answer that is not in the guard model's format");
	const expected = toExpectedRisk(format, answer.label, logprobs);
	const risk = expected ?? format.labels[answer.label]!;
	const safe = format.labels[answer.label] === 0;
	const named = (category: string): boolean => answer.categories.length === 0 || answer.categories.includes(category);
	return {
		// a safe answer has no categories: what doubt there is may concern any; nor does a harm without a name spare any
		risk: (category) => (safe || named(category) ? risk : 0),
		basis: expected === undefined ? "label" : "probability",
	};
}
