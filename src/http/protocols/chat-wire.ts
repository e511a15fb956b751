/**
 * Guarded answers on the wire, in OpenAI's two forms: chunks of a stream, and whole completions collected from the same steps.
 */
import type { AnswerEvent, ChatForm, SurfaceName } from "../../chat/index.ts";

/** What every object of an answer says of itself. */
export interface AnswerHead {
	readonly id: string;
	/** Seconds since 1970. */
	readonly created: number;
	readonly model: string;
}

/** Steps about choices. */
export type ChoiceEvent = Exclude<AnswerEvent, { type: "end" }>;

/** How a form writes its answers. */
export interface WireForm {
	/** A prefix of ids. */
	readonly idPrefix: string;
	/** The object of a chunk, and of a whole answer. */
	readonly chunkObject: string;
	readonly object: string;
	/** Chunks for the steps of one answer, each the content of `choices`; a step without a place in the form has none. */
	createChunks(): (event: ChoiceEvent) => readonly object[];
	/** Collects the steps of one answer; the choices in order. */
	createCollector(): { add(event: ChoiceEvent): void; choices(): readonly object[] };
}

/** Both forms. */
export const WIRE_FORMS: Readonly<Record<ChatForm, WireForm>> = {
	chat: {
		idPrefix: "chatcmpl-",
		chunkObject: "chat.completion.chunk",
		object: "chat.completion",
		createChunks: createChatChunks,
		createCollector: () => createCollector(toChatChoice),
	},
	completion: {
		idPrefix: "cmpl-",
		chunkObject: "text_completion",
		object: "text_completion",
		createChunks: () => (event) => {
			if (event.type === "finish") return [toLegacyChoice(event.choice, "", event.reason)];
			const isContent = event.type === "text" && event.surface === "content";
			return isContent ? [toLegacyChoice(event.choice, event.text, null)] : [];
		},
		createCollector: () =>
			createCollector(({ index, texts, reason }) => toLegacyChoice(index, texts.get("content") ?? "", reason)),
	},
};

/** The number of a tool call. */
function toolIndex(surface: SurfaceName): number {
	return Number(surface.slice("tool/".length));
}

function createChatChunks(): (event: ChoiceEvent) => readonly object[] {
	const begun = new Set<number>();
	const kinds = new Map<string, "function" | "custom">();
	return (event) => {
		const { choice } = event;
		const chunk = (delta: object, finish: string | null = null): object => ({
			index: choice,
			delta: begun.has(choice) ? delta : { role: "assistant", content: "", ...delta },
			logprobs: null,
			finish_reason: finish,
		});
		if (event.type === "tool") kinds.set(`${choice}/${event.surface}`, event.kind);
		const written = chunk(
			event.type === "finish" ? {} : toDelta(event, kinds.get(`${choice}/${event.surface}`)),
			event.type === "finish" ? event.reason : null,
		);
		begun.add(choice);
		return [written];
	};
}

function toDelta(event: Exclude<ChoiceEvent, { type: "finish" }>, kind: "function" | "custom" = "function"): object {
	const { type, surface } = event;
	const field = kind === "custom" ? "input" : "arguments";
	if (surface === "function_call")
		return { function_call: type === "tool" ? { name: event.name, arguments: "" } : { arguments: event.text } };
	if (!surface.startsWith("tool/")) return type === "text" ? { [surface]: event.text } : {};
	const index = toolIndex(surface);
	if (type === "text") return { tool_calls: [{ index, [kind]: { [field]: event.text } }] };
	return { tool_calls: [{ index, id: event.id, type: kind, [kind]: { name: event.name, [field]: "" } }] };
}

interface Collected {
	readonly index: number;
	readonly texts: Map<SurfaceName, string>;
	readonly tools: Map<SurfaceName, Extract<ChoiceEvent, { type: "tool" }>>;
	reason: string | null;
}

function createCollector(toChoice: (collected: Collected) => object): ReturnType<WireForm["createCollector"]> {
	const all = new Map<number, Collected>();
	return {
		add(event) {
			const index = event.choice;
			const of: Collected = all.get(index) ?? { index, texts: new Map(), tools: new Map(), reason: null };
			all.set(index, of);
			if (event.type === "text") of.texts.set(event.surface, (of.texts.get(event.surface) ?? "") + event.text);
			else if (event.type === "tool") of.tools.set(event.surface, event);
			else of.reason = event.reason;
		},
		choices: () => [...all.values()].sort((a, b) => a.index - b.index).map(toChoice),
	};
}

function toChatChoice({ index, texts, tools, reason }: Collected): object {
	// arguments that were stopped are no JSON; a call without all of them is none
	const calls = reason === "content_filter" ? [] : [...tools];
	const message: Record<string, unknown> = {
		role: "assistant",
		content: texts.get("content") ?? (calls.length > 0 ? null : ""),
		refusal: texts.get("refusal") ?? null,
	};
	for (const surface of ["reasoning_content", "reasoning"] as const)
		if (texts.has(surface)) message[surface] = texts.get(surface);
	const numbered = calls.filter(([surface]) => surface !== "function_call");
	const called = calls.find(([surface]) => surface === "function_call");
	if (called) message.function_call = { name: called[1].name, arguments: texts.get("function_call") ?? "" };
	if (numbered.length > 0)
		message.tool_calls = numbered
			.sort(([a], [b]) => toolIndex(a) - toolIndex(b))
			.map(([surface, { id, kind, name }]) => {
				const words = texts.get(surface) ?? "";
				return { id, type: kind, [kind]: { name, [kind === "custom" ? "input" : "arguments"]: words } };
			});
	return { index, message, logprobs: null, finish_reason: reason };
}

function toLegacyChoice(index: number, text: string, reason: string | null): object {
	return { index, text, logprobs: null, finish_reason: reason };
}
