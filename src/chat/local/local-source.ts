/** Answers of a model of this process. It writes text alone: no tool calls, no forced formats; what it cannot do is refused. */
import { SluiceError } from "../../errors.ts";
import type { GenerationResult, Generator, TextStream } from "../../generator/index.ts";
import type { ChatRequest, ChatSource, SourceEvent } from "../source.ts";
import { mergeAll } from "./merge.ts";
import { type ChoiceParts, type DraftOpener, openDrafts } from "./open-drafts.ts";
import { readParameters } from "./parameters.ts";
import { toPrompts } from "./prompts.ts";

/** See the header. */
export interface LocalOptions {
	readonly generator: Generator;
	/** Opens drafts of the same model; without it, text cannot be taken back. */
	readonly openDraft?: DraftOpener | undefined;
	/** The name clients know it by. */
	readonly id: string;
	/** Seconds since 1970. */
	readonly created: number;
	/** Tokens of an answer whose request names no number. */
	readonly maxTokens: number;
}

/** A source that serves its own name. */
export function createLocalSource({ generator, openDraft, id, created, maxTokens }: LocalOptions): ChatSource {
	return {
		serves: (model) => model === id,
		async open(request, { signal }) {
			const choices = toChoices(request, maxTokens);
			const streams = choices.map(({ prompt, options }) => generator.generate(prompt, { ...options, signal }));
			return { model: id, events: await begin(readChoices(streams, request), signal) };
		},
		drafts:
			openDraft &&
			(async (request, { signal }) => {
				const drafts = await openDrafts(toChoices(request, maxTokens), openDraft, signal);
				return { model: id, drafts };
			}),
		models: async () => [{ id, created, ownedBy: "sluice" }],
	};
}

function toChoices(request: ChatRequest, maxTokens: number): ChoiceParts[] {
	const prompts = toPrompts(request);
	const { seed, ...parameters } = readParameters(request.body, maxTokens);
	return Array.from({ length: request.choices }, (_, choice) => {
		const prompt = prompts[Math.floor((choice * prompts.length) / request.choices)]!;
		// choices of one seed would all be the same
		const own = seed === undefined ? undefined : seed + (choice % (request.choices / prompts.length));
		return { prompt, options: { ...parameters, seed: own } };
	});
}

/** Waits for the first step, so that a refusal to generate is no answer that breaks off. The signal also ends what nobody reads. */
async function begin(
	events: AsyncGenerator<SourceEvent, void, void>,
	signal: AbortSignal,
): Promise<AsyncIterable<SourceEvent>> {
	signal.addEventListener("abort", () => void events.return().catch(() => {}), { once: true });
	const first = await events.next();
	return (async function* () {
		try {
			if (first.done !== true) yield first.value;
			yield* events;
		} finally {
			await events.return();
		}
	})();
}

async function* readChoices(
	streams: readonly TextStream[],
	{ choices }: ChatRequest,
): AsyncGenerator<SourceEvent, void, void> {
	const results: GenerationResult[] = [];
	yield* mergeAll(streams.map((stream, choice) => readChoice(stream, choice, (result) => results.push(result))));
	if (results.length < choices) throw new SluiceError("internal", { detail: "a generation ended without a result" });
	const prompt_tokens = Math.max(...results.map(({ usage }) => usage.promptTokens));
	const completion_tokens = results.reduce((sum, { usage }) => sum + usage.completionTokens, 0);
	const usage = { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
	yield { type: "usage", usage };
}

async function* readChoice(
	stream: TextStream,
	choice: number,
	onResult: (result: GenerationResult) => void,
): AsyncGenerator<SourceEvent, void, void> {
	for await (const { text } of stream) if (text !== "") yield { type: "text", choice, surface: "content", text };
	const result = await stream.finished;
	onResult(result);
	yield { type: "finish", choice, reason: result.reason === "stop" ? "stop" : "length" };
}
