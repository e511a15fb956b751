/**
 * Middleware for language models of the Vercel AI SDK (specification v4, `wrapLanguageModel`). Its types are the parts of the
 * SDK's that it touches. Text, reasoning, tool calls and what goes in are judged; raw chunks of the provider are left out.
 */
import type { GuardReport } from "../events.ts";
import type { AdapterOptions } from "../parts/adapter-options.ts";
import { guardParts, type PartFormat } from "../parts/guard-parts.ts";
import { readChunks, through, toStream } from "../parts/iterate.ts";
import { stringsOf } from "../parts/json.ts";
import { findBlocked, judgeText } from "../parts/judge-texts.ts";

/** A part of a stream or of an answer. */
export interface AiSdkPart {
	readonly type: string;
}

/** A message of the prompt. */
export interface AiSdkMessage {
	readonly role: string;
	readonly content: unknown;
}

/** A call's parameters. */
export interface AiSdkParams {
	readonly prompt: readonly AiSdkMessage[];
	readonly abortSignal?: AbortSignal | undefined;
}

/** Assignable to the SDK's `LanguageModelV4Middleware`. */
export interface AiSdkMiddleware {
	readonly specificationVersion: "v4";
	transformParams<P extends AiSdkParams>(call: { params: P }): Promise<P>;
	wrapGenerate<R extends { content: AiSdkPart[] }>(call: {
		doGenerate: () => PromiseLike<R>;
		params: AiSdkParams;
	}): Promise<R>;
	wrapStream<R extends { stream: ReadableStream<AiSdkPart> }>(call: {
		doStream: () => PromiseLike<R>;
		params: AiSdkParams;
	}): Promise<R>;
}

/** Options of {@link guardModel}. */
export interface AiSdkGuardOptions extends AdapterOptions {
	/** Whether what users and tools say in the prompt is judged too, while the model already works. Default true. */
	readonly input?: boolean | undefined;
}

type Fields = AiSdkPart & Readonly<Record<string, unknown>>;

/** The middleware. What is stopped ends with the finish reason `content-filter`; `providerMetadata.sluice` says why. */
export function guardModel({ input = true, ...options }: AiSdkGuardOptions): AiSdkMiddleware {
	const controllers = new WeakMap<AbortSignal, AbortController>();
	/** Calls the model while its prompt is judged; undefined with the report where that stops it. */
	const call = async <R>(
		params: AiSdkParams,
		model: () => PromiseLike<R>,
	): Promise<{ answer?: R; report?: GuardReport }> => {
		const answering = (async () => model())();
		answering.catch(() => {}); // told below, if the prompt lets it come so far
		const report = input ? await findBlocked(options, params.prompt.map(textOf)) : undefined;
		if (report === undefined) return { answer: await answering };
		controllers.get(params.abortSignal!)?.abort();
		return { report };
	};
	return {
		specificationVersion: "v4",
		async transformParams({ params }) {
			const leaving = new AbortController();
			const { abortSignal } = params;
			const signal = abortSignal === undefined ? leaving.signal : AbortSignal.any([abortSignal, leaving.signal]);
			controllers.set(signal, leaving);
			return { ...params, abortSignal: signal };
		},
		async wrapGenerate({ doGenerate, params }) {
			const { answer, report } = await call(params, doGenerate);
			if (answer !== undefined) return guardAnswer(answer, options);
			const content = options.refusal === undefined ? [] : [{ type: "text", text: options.refusal }];
			return { content, warnings: [], ...toFinish(report!, "input") } as unknown as Awaited<
				ReturnType<typeof doGenerate>
			>;
		},
		async wrapStream({ doStream, params }) {
			const { answer, report } = await call(params, doStream);
			if (answer !== undefined) return { ...answer, stream: toStream(guardStreamParts(answer.stream, options)) };
			const parts = [{ type: "stream-start", warnings: [] }, ...toLastParts(report!, "input", options.refusal)];
			return { stream: toStream(giveAll(parts)) } as unknown as Awaited<ReturnType<typeof doStream>>;
		},
	};
}

/** What a user or a tool says in a message. */
function textOf({ role, content }: AiSdkMessage): string {
	if (role !== "user" && role !== "tool") return "";
	if (!Array.isArray(content)) return stringsOf(content);
	return content.map((part) => (part.type === "file" ? "" : (part.text ?? stringsOf(part.output)))).join("\n");
}

const DELTA = /^(?:text|reasoning|tool-input)-delta$/;
const END = /^(?:text|reasoning|tool-input)-end$/;
const START = /^(?:text|reasoning|tool-input)-start$/;

function toFormat(refusal: string | undefined): PartFormat<Fields> {
	return {
		read(part) {
			const { type, id } = part;
			if (DELTA.test(type)) {
				const text = { surface: `${type}/${id}`, text: part.delta as string, isExact: type === "tool-input-delta" };
				return { texts: [text], isLoose: true };
			}
			const text = wholeTextOf(part);
			const texts = text === "" ? [] : [{ surface: type, text, isExact: true }];
			const ended = END.test(type) ? `${type.slice(0, -"end".length)}delta/${id}` : type;
			const isLast = type === "finish" || type === "error";
			return { texts, ends: (surface) => isLast || surface === ended || surface === type, isLoose: type === "ping" };
		},
		withTexts: (part, [text]) => ({ ...part, delta: text }),
		close: (report, surface) => toLastParts(report, surface, refusal),
	};
}

/** Text in a part that comes as a whole. */
function wholeTextOf({ type, input, result, title, citations }: Fields): string {
	if (type === "tool-call" || type === STRUCTURED) return stringsOf(input);
	if (type === "tool-result") return stringsOf(result);
	return type === "source" ? stringsOf(title) : stringsOf(citations);
}

function guardStreamParts(
	stream: ReadableStream<AiSdkPart>,
	options: AdapterOptions,
): AsyncIterableIterator<AiSdkPart> {
	const source = through(readChunks(stream), async function* (parts: AsyncIterable<AiSdkPart>) {
		for await (const part of parts) if (part.type !== "raw") yield part as Fields;
	});
	return through(guardParts(source, toFormat(options.refusal), options), closeOpenParts);
}

/** Ends what has begun before the finish, which a stopped answer leaves open. */
async function* closeOpenParts(parts: AsyncIterable<Fields>): AsyncGenerator<AiSdkPart, void, void> {
	const open = new Map<string, Fields>();
	for await (const part of parts) {
		const { type, id } = part;
		if (START.test(type)) open.set(`${type}/${id}`, { type: `${type.slice(0, -"start".length)}end`, id });
		else if (END.test(type)) open.delete(`${type.slice(0, -"end".length)}start/${id}`);
		else if (type === "finish") yield* open.values();
		yield part;
	}
}

async function* giveAll<T>(parts: readonly T[]): AsyncGenerator<T, void, void> {
	yield* parts;
}

const NO_USAGE = {
	inputTokens: { total: undefined, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
	outputTokens: { total: undefined, text: undefined, reasoning: undefined },
};

function toFinish({ reason, blocked }: GuardReport, surface: string): object {
	return {
		finishReason: { unified: "content-filter", raw: undefined },
		usage: NO_USAGE,
		providerMetadata: { sluice: { reason, surface, policy: blocked?.policy ?? null, risk: blocked?.risk ?? null } },
	};
}

function toLastParts(report: GuardReport, surface: string, refusal: string | undefined): Fields[] {
	const id = "sluice-refusal";
	const said = [
		{ type: "text-start", id },
		{ type: "text-delta", id, delta: refusal },
		{ type: "text-end", id },
	];
	return [...(refusal === undefined ? [] : said), { type: "finish", ...toFinish(report, surface) }];
}

/** Stands for the answer's text for structured output, which may be another than its content. */
const STRUCTURED = "structured-output";

async function guardAnswer<R extends { content: AiSdkPart[] }>(answer: R, options: AdapterOptions): Promise<R> {
	const content: AiSdkPart[] = [];
	const { structuredOutputText: structured = "" } = answer as { structuredOutputText?: string };
	const parts = [...answer.content, ...(structured === "" ? [] : [{ type: STRUCTURED, input: structured }])];
	for (const part of parts as Fields[]) {
		const isText = part.type === "text" || part.type === "reasoning";
		const whole = isText ? (part.text as string) : wholeTextOf(part);
		const { text, report } =
			whole === ""
				? { text: whole, report: undefined }
				: await judgeText(options, { surface: part.type, text: whole, isExact: !isText });
		const isStopped = report?.action === "block";
		if (part.type === STRUCTURED) content.splice(0, isStopped ? content.length : 0);
		else if (text === whole) content.push(part);
		else if (isText && text !== "") content.push({ type: part.type, text } as Fields);
		if (!isStopped) continue;
		if (options.refusal !== undefined) content.push({ type: "text", text: options.refusal } as Fields);
		const { response: _, structuredOutputText: __, usage, ...rest } = answer as R & Record<string, unknown>;
		return { ...rest, ...toFinish(report!, part.type), usage, content } as unknown as R;
	}
	return content.every((part, i) => part === answer.content[i]) ? answer : withoutCopies({ ...answer, content });
}

/** Without the places that repeat the text as it was. */
function withoutCopies<R extends object>(answer: R): R {
	const { response: _, structuredOutputText: __, ...rest } = answer as R & Record<string, unknown>;
	return rest as unknown as R;
}
