/**
 * The seam between guarded answers and whatever writes them: what is asked for, and the events of an answer under way. Knows
 * neither who writes it nor how clients are told.
 */
import type { Draft } from "../generator/index.ts";

/** Who says a text of a request. */
export type InputRole = "system" | "user" | "tool" | "assistant";

/** A text of a request, and where it stands in the body (RFC 6901). */
export interface InputText {
	readonly role: InputRole;
	readonly text: string;
	readonly pointer: string;
}

/** The two forms of a request. */
export type ChatForm = "chat" | "completion";

/** A checked request. */
export interface ChatRequest {
	readonly form: ChatForm;
	readonly model: string;
	/** Choices asked for, of all prompts together; those of the answer are numbered from 0. */
	readonly choices: number;
	/** Names that the model may call. */
	readonly tools: ReadonlySet<string>;
	/** The client's body without what is about the transport or the guard. */
	readonly body: Readonly<Record<string, unknown>>;
}

/** How a source is asked. */
export interface SourceCall {
	/** Ends the answer at once. */
	readonly signal: AbortSignal;
	readonly requestId: string;
	/** The caller's `authorization` header; a source uses it only where it was told to. */
	readonly authorization: string | undefined;
}

/** Fields of a choice that are text of their own; those of tools have the call's number behind the slash. */
export type SurfaceName =
	| "content"
	| "refusal"
	| "reasoning_content"
	| "reasoning"
	| "function_call"
	| `tool/${number}`;

/** A piece of a choice's text. */
export interface TextPiece {
	readonly type: "text";
	readonly choice: number;
	readonly surface: SurfaceName;
	readonly text: string;
}

/** A tool call begins; its arguments follow as text of `surface`. */
export interface ToolStart {
	readonly type: "tool";
	readonly choice: number;
	readonly surface: SurfaceName;
	readonly id: string | undefined;
	readonly name: string;
	/** `custom` tools take text that is no JSON. */
	readonly kind: "function" | "custom";
}

/** A choice is complete. */
export interface ChoiceFinish {
	readonly type: "finish";
	readonly choice: number;
	readonly reason: string;
}

/** Token counts in OpenAI's names; numbers and objects of numbers. */
export type Usage = { readonly [name: string]: number | Usage };

/** What the whole answer took. */
export interface UsageReport {
	readonly type: "usage";
	readonly usage: Usage;
}

/** One step of an answer as its source gives it: nothing of it has been judged. */
export type SourceEvent = TextPiece | ToolStart | ChoiceFinish | UsageReport;

/** An answer that has begun. */
export interface SourceAnswer {
	/** As its source names it. */
	readonly model: string;
	/** To be read once; every choice has a finish, or the iteration throws. */
	readonly events: AsyncIterable<SourceEvent>;
}

/** An answer whose text can be taken back while nobody has seen it. */
export interface DraftedAnswer {
	readonly model: string;
	/** One per choice, in order. Whoever reads one closes it; the call's signal closes all. */
	readonly drafts: readonly Draft[];
}

/** A model as clients list it; times in seconds since 1970. */
export interface SourceModel {
	readonly id: string;
	readonly created: number;
	readonly ownedBy: string;
}

/** Writes answers. */
export interface ChatSource {
	/** Whether a model of this name is this source's; the first source that says so is asked. */
	serves(model: string): boolean;
	/** Resolves once an answer begins. Throws `invalid_request`, `unsupported_input`, `overloaded`, `remote_failed` and others. */
	open(request: ChatRequest, call: SourceCall): Promise<SourceAnswer>;
	/** The same answer as drafts; absent where what is written is written. Throws what `open` throws. */
	readonly drafts?: ((request: ChatRequest, call: SourceCall) => Promise<DraftedAnswer>) | undefined;
	models(call: SourceCall): Promise<readonly SourceModel[]>;
}
