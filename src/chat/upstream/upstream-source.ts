/**
 * Answers of any OpenAI-compatible server, by its base URL. It gets the request's body and headers of our own, the caller's
 * key only where that was wished; nothing of its headers comes back. Always asked for a stream, so that one path judges all.
 */
import { setTimeout as pause } from "node:timers/promises";
import { SluiceError } from "../../errors.ts";
import { decodeUtf8, readEvents } from "../../guard/parts/event-stream.ts";
import { isJsonObject, parseJson } from "../../guard/parts/json.ts";
import { toEndpoint } from "../../scorers/remote/endpoint.ts";
import type { ChatSource, SourceCall, SourceEvent, SourceModel } from "../source.ts";
import { createChunkReader, isAnswer } from "./chunk-reader.ts";
import { type Exchange, type HttpAnswer, openExchange } from "./exchange.ts";
import { toModels } from "./models.ts";
import { toRefusal, toStreamError } from "./upstream-error.ts";

/** Where the server is and how it is asked. */
export interface UpstreamOptions {
	/** With its version, as in `https://api.openai.com/v1`; no trailing slash. */
	readonly baseUrl: string;
	readonly apiKey: string | undefined;
	/** The caller's `authorization` is sent on, and no key of our own. */
	readonly passesAuthorization: boolean;
	/** Longest wait for the answer to begin, and for each piece of it. */
	readonly timeoutMs: number;
}

/** Longest answer that is not streamed, and longest list of models. */
const MOST_BYTES = 8 * 1024 * 1024;
/** How long the end of the body may be behind the answer's, for its connection to be used again. */
const CLOSING_MS = 20;
const PATHS = { chat: "/chat/completions", completion: "/completions" } as const;

/** A source that serves every model name. Throws `invalid_config` for a key that would go over http to another machine. */
export function createUpstreamSource(options: UpstreamOptions): ChatSource {
	const { baseUrl, timeoutMs, apiKey, passesAuthorization } = options;
	toEndpoint({ service: "upstream", baseUrl, path: "", apiKey: passesAuthorization ? "of-the-caller" : apiKey });
	const ask = (path: string, call: SourceCall, body?: object): Promise<HttpAnswer> =>
		openExchange({ url: baseUrl + path, headers: toHeaders(options, call), timeoutMs, signal: call.signal, body });
	return {
		serves: () => true,
		async open({ form, model, body }, call) {
			const asked = { ...body, stream: true, stream_options: { include_usage: true } };
			const answer = await ask(PATHS[form], call, asked);
			if (answer.status !== 200) throw await toRefusal(answer, passesAuthorization);
			return { model, events: readAnswer(answer) };
		},
		async models(call) {
			const answer = await ask("/models", call);
			if (answer.status !== 200) throw await toRefusal(answer, passesAuthorization);
			return readModels(answer);
		},
	};
}

function toHeaders({ apiKey, passesAuthorization }: UpstreamOptions, call: SourceCall): Exchange["headers"] {
	const authorization = passesAuthorization ? call.authorization : apiKey && `Bearer ${apiKey}`;
	return { "x-request-id": call.requestId, ...(authorization ? { authorization } : {}) };
}

async function readModels(answer: HttpAnswer): Promise<readonly SourceModel[]> {
	const models = toModels(parseJson(await answer.text(MOST_BYTES)));
	if (models !== undefined) return models;
	throw new SluiceError("remote_failed", { detail: "the upstream's list of models has another form than OpenAI's" });
}

async function* readAnswer(answer: HttpAnswer): AsyncGenerator<SourceEvent, void, void> {
	const reader = createChunkReader();
	if (!/^text\/event-stream\b/i.test(answer.contentType)) {
		yield* reader.read(checkAnswer(parseJson(await answer.text(MOST_BYTES))));
		return;
	}
	const events = readEvents(decodeUtf8(answer.chunks()));
	for await (const { data } of events) {
		if (data === undefined || data.trim() === "") continue;
		if (data.trim() === "[DONE]") {
			await Promise.race([events.next(), pause(CLOSING_MS, undefined, { ref: false })]);
			return;
		}
		const value = parseJson(data);
		if (value === undefined) throw broken("an event that is not JSON");
		checkError(value);
		if (isAnswer(value)) yield* reader.read(value);
	}
}

function checkAnswer(value: unknown): Readonly<Record<string, unknown>> {
	checkError(value);
	if (isAnswer(value)) return value;
	throw broken("an answer that has another form than OpenAI's");
}

/** Some say that they failed in a chunk like others. */
function checkError(value: unknown): void {
	if (!isJsonObject(value)) return;
	if (value.object === "error") throw toStreamError(value);
	if (value.error !== undefined && value.error !== null) throw toStreamError(value.error);
}

function broken(what: string): SluiceError {
	return new SluiceError("source_failed", { detail: `the upstream sent ${what}` });
}
