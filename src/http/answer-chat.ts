/**
 * The routes that answer with a model's words: a checked body to a guarded answer, as a stream of events or collected. Knows
 * neither of the two forms nor the source.
 */
import { randomUUID } from "node:crypto";
import type { Context } from "hono";
import { recordStreams } from "../audit/index.ts";
import {
	type AnswerEvent,
	type ChatService,
	type ChatSource,
	type InputText,
	type JudgeFailure,
	type ModerationMode,
	type OpenedAnswer,
	openAnswer,
	toModes,
} from "../chat/index.ts";
import { SluiceError } from "../errors.ts";
import { countCharacters } from "./admit.ts";
import { readJson } from "./body.ts";
import { parseDeadline } from "./deadline.ts";
import { toErrorFields } from "./error-fields.ts";
import { createEventBody } from "./event-body.ts";
import { toOrigin } from "./origin.ts";
import { toProblem, toSluiceError } from "./problem.ts";
import { type ModerationParts, toWireModeration } from "./protocols/chat-moderation.ts";
import type { ParsedChat } from "./protocols/chat-request.ts";
import { type AnswerHead, WIRE_FORMS } from "./protocols/chat-wire.ts";
import { toCategoryMap } from "./protocols/openai.ts";
import { checkReady } from "./ready.ts";
import type { Handler, HttpEnv, HttpParts } from "./route.ts";
import { checkLengths } from "./text-inputs.ts";

/** What of the parts a request needs. */
interface Parts extends HttpParts, ModerationParts {
	readonly chat: ChatService;
	readonly moderator: HttpParts["moderator"];
}

/** A route's handler, from how its bodies are read. */
export function chatHandler(parts: HttpParts, parse: (body: unknown) => ParsedChat): Handler {
	const chat = parts.chat;
	if (chat === undefined) return refuseChat;
	const all = { ...parts, chat, categoryMap: toCategoryMap(parts.moderator.policies) };
	return async (c) => {
		const parsed = parse(await readJson(c, parts.limits.maxBodyBytes));
		const leaving = new AbortController();
		const signal = AbortSignal.any([c.req.raw.signal, leaving.signal]);
		const opened = await open(c, all, { parsed, signal });
		const told = { ...all, parsed, opened, head: toHead(parsed, opened) };
		if (!parsed.isStream) return c.json(await collect(told));
		const body = createEventBody(toMessages(c, told), {
			heartbeatMs: chat.settings.heartbeatMs,
			leave: () => leaving.abort(),
		});
		c.header("content-type", "text/event-stream; charset=utf-8");
		c.header("cache-control", "no-cache");
		c.header("x-accel-buffering", "no"); // nginx would wait for more
		return c.body(body);
	};
}

/** Answers where no source is set up. */
export function refuseChat(): never {
	throw new SluiceError("not_configured", {
		detail: "no model answers chats here: set SLUICE_UPSTREAM_BASE_URL, or SLUICE_CHAT_MODEL for a local one",
	});
}

/** What sources get of a request beside its body. */
export function toCall(c: Context<HttpEnv>, signal: AbortSignal): Parameters<ChatSource["models"]>[0] {
	const authorization = c.req.header("authorization");
	// a key of ours is nobody else's business
	const foreign = /^Bearer\s+sluice_/i.test(authorization ?? "") ? undefined : authorization;
	return { signal, requestId: c.var.requestId, authorization: foreign };
}

async function open(
	c: Context<HttpEnv>,
	parts: Parts,
	{ parsed, signal }: { readonly parsed: ParsedChat; readonly signal: AbortSignal },
): Promise<OpenedAnswer> {
	const { moderator, limits, chat } = parts;
	const { request, moderation } = parsed;
	const { settings } = chat;
	const { input, output } = moderation?.policy ?? {};
	const modes = toModes(settings, { input: input?.mode, output: output?.mode });
	const { texts, unjudged } = readTexts(c, parts, { parsed, input: modes.input });
	await countCharacters(c, parts, c.var.characters);
	const source = chat.sources.find(({ serves }) => serves(request.model));
	if (source === undefined)
		throw new SluiceError("not_found", {
			detail: "/model: is not served here; GET /v1/models lists what is",
			pointer: "/model",
		});
	const timeoutMs = parseDeadline(c.req.header("x-sluice-deadline-ms"), limits.deadlineMs);
	checkReady(moderator);
	const deadlineMs = performance.now() + timeoutMs;
	const outputOrigin = toOrigin(c, { part: "output", isScoreOnly: modes.output === "score" });
	const opened = await openAnswer({
		source,
		moderator,
		request,
		texts,
		...modes,
		origin: toOrigin(c, { part: "input", isScoreOnly: modes.input === "score" }),
		guard: { ...settings, record: parts.trail && recordStreams(parts.trail, outputOrigin) },
		call: toCall(c, signal),
		deadlineMs,
	});
	if (unjudged === undefined || opened.isInputBlocked) return opened;
	return { ...opened, input: { ...opened.input, failure: opened.input.failure ?? unjudged } };
}

/** What of the request is judged, and the failure for what cannot be, where that passes by declaration. */
function readTexts(
	c: Context<HttpEnv>,
	{ moderator, limits, chat: { settings } }: Parts,
	{ parsed, input }: { readonly parsed: ParsedChat; readonly input: ModerationMode },
): { readonly texts: readonly InputText[]; readonly unjudged: JudgeFailure | undefined } {
	const texts = parsed.texts.filter(({ role }) => settings.inputRoles.includes(role));
	c.set("inputs", texts.length);
	c.set(
		"characters",
		texts.reduce((sum, { text }) => sum + text.length, 0),
	);
	if (texts.length > limits.maxInputs)
		throw new SluiceError("invalid_request", {
			detail: `the request has ${texts.length} texts to judge; the limit is ${limits.maxInputs}`,
		});
	checkLengths(
		{ contents: texts.map(({ text }) => text), pointers: texts.map(({ pointer }) => pointer) },
		moderator.maxCharacters,
	);
	const other = parsed.others.find(({ role }) => settings.inputRoles.includes(role));
	if (other === undefined) return { texts, unjudged: undefined };
	const { pointer } = other;
	const detail = `${pointer}: is no text, and nothing else can be judged`;
	if (input === "block" && settings.onFailure === "block")
		throw new SluiceError("unsupported_input", { detail, pointer });
	return { texts, unjudged: { code: "unsupported_input", detail } };
}

/** An answer as it is told. */
interface Told extends Parts {
	readonly parsed: ParsedChat;
	readonly opened: OpenedAnswer;
	readonly head: AnswerHead;
}

function toHead({ request }: ParsedChat, { model }: OpenedAnswer): AnswerHead {
	const { idPrefix } = WIRE_FORMS[request.form];
	return { id: idPrefix + randomUUID().replaceAll("-", ""), created: Math.floor(Date.now() / 1000), model };
}

/** The results, where they were asked for or where they explain what is missing. */
function toModeration(
	{ parsed, opened, ...parts }: Told,
	choices: Extract<AnswerEvent, { type: "end" }>["choices"],
): object {
	const { input, isInputBlocked } = opened;
	const isNews =
		isInputBlocked || input.failure !== undefined || choices.some((c) => c.isBlocked || c.failure !== undefined);
	if (parsed.moderation === undefined && !isNews) return {};
	return { moderation: toWireModeration(parts, input, choices) };
}

async function collect(told: Told): Promise<object> {
	const { parsed, opened, head } = told;
	const form = WIRE_FORMS[parsed.request.form];
	const collector = form.createCollector();
	let rest: object = {};
	for await (const event of opened.events)
		if (event.type === "end")
			rest = { ...(event.usage && { usage: event.usage }), ...toModeration(told, event.choices) };
		else collector.add(event);
	return { ...head, object: form.object, choices: collector.choices(), ...rest };
}

async function* toMessages(c: Context<HttpEnv>, told: Told): AsyncGenerator<string, void, void> {
	const { parsed, opened, head, log } = told;
	const { chunkObject, createChunks } = WIRE_FORMS[parsed.request.form];
	const toChunks = createChunks();
	const usage = parsed.wantsUsage ? { usage: null } : {};
	const write = (choices: readonly object[], rest: object = {}): string =>
		JSON.stringify({ ...head, object: chunkObject, choices, ...usage, ...rest });
	try {
		for await (const event of opened.events) {
			if (event.type !== "end") {
				for (const choice of toChunks(event)) yield write([choice]);
				continue;
			}
			const moderation = toModeration(told, event.choices);
			if ("moderation" in moderation) yield write([], moderation);
			if (parsed.wantsUsage && event.usage) yield write([], { usage: event.usage });
		}
		yield "[DONE]";
	} catch (thrown) {
		const error = toSluiceError(thrown);
		if (error.code === "aborted") return; // nobody is left who would want to know
		log.error({ request_id: c.var.requestId, ...toErrorFields(error) }, "stream failed");
		yield JSON.stringify({ error: toProblem(error, c.var.requestId).error });
	}
}
