/**
 * Prompts as token ids. Only the template's own turns and <bos> become control tokens; everything else, the content above
 * all, is encoded as plain text between them. Content is read as it is, unfolded: characters that people do not see (zero
 * width, direction marks, tags) stay, because a model that answers would read them too.
 */
import { SluiceError } from "../../errors.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { Content } from "../../types.ts";
import { type PromptChoice, wordPrompt } from "./wording.ts";

/** The part of a tokenizer that prompts need. */
export type PromptTokenizer = Pick<Tokenizer, "bosId" | "encode" | "idOf">;

/** Ids that no text leads to by chance: a control token of the template, or a stretch of plain text. */
export interface RenderedPart {
	readonly ids: ArrayLike<number>;
	readonly isControl: boolean;
}

/** A prompt as the model reads it. */
export interface RenderedPrompt {
	readonly parts: readonly RenderedPart[];
	/** The ids of all parts, <bos> first. */
	readonly ids: Int32Array;
	/** How many of the first ids are the same for every content; 0 where these hold no guideline. */
	readonly reusable: number;
}

/** Renders prompts; remembers parts that it has encoded, so one renderer serves one content under all policies. */
export type PromptRenderer = (content: Content, choice: PromptChoice) => RenderedPrompt;

/** Throws `invalid_model` where the vocabulary has no turn tokens. */
export function createPromptRenderer(tokenizer: PromptTokenizer): PromptRenderer {
	const controls = { "<start_of_turn>": findTurn(tokenizer, "start"), "<end_of_turn>": findTurn(tokenizer, "end") };
	const reserved = new Set([tokenizer.bosId, ...Object.values(controls)]);
	const known = new Map<string, Int32Array>();
	const encode = (text: string): Int32Array => {
		const ids = known.get(text) ?? encodePlain(tokenizer, text, reserved);
		known.set(text, ids);
		return ids;
	};
	return (content, choice) => {
		const parts: RenderedPart[] = [{ ids: [tokenizer.bosId], isControl: true }];
		let reusable = 0;
		let length = 1;
		let isFixed = choice.order === "policy-first";
		for (const part of wordPrompt(content, choice)) {
			const isControl = "control" in part;
			if (!isControl && part.content) isFixed = false;
			const ids = isControl ? [controls[part.control]] : encode(part.text);
			parts.push({ ids, isControl });
			length += ids.length;
			if (isFixed) reusable = length;
		}
		return { parts, ids: join(parts, length), reusable };
	};
}

function findTurn({ idOf }: PromptTokenizer, side: "start" | "end"): number {
	const token = `<${side}_of_turn>`;
	const id = idOf(token);
	if (id !== undefined) return id;
	throw new SluiceError("invalid_model", { detail: `the vocabulary has no ${token}: the model knows no turns` });
}

/** Ids of plain text. A vocabulary that lists a reserved token as ordinary would find it in text: its spelling is cut there. */
function encodePlain(tokenizer: PromptTokenizer, text: string, reserved: ReadonlySet<number>): Int32Array {
	const { ids, starts, ends } = tokenizer.encode(text);
	if (!ids.some((id) => reserved.has(id))) return ids;
	const safe: number[] = [];
	for (const [i, id] of ids.entries()) {
		if (!reserved.has(id)) safe.push(id);
		else
			for (const half of halves(text.slice(starts[i], ends[i]))) safe.push(...encodePlain(tokenizer, half, reserved));
	}
	return Int32Array.from(safe);
}

function halves(spelling: string): readonly string[] {
	if (spelling.length > 1) return [spelling.slice(0, 1), spelling.slice(1)];
	throw new SluiceError("invalid_model", { detail: "the vocabulary turns a single character into a control token" });
}

function join(parts: readonly RenderedPart[], length: number): Int32Array {
	const ids = new Int32Array(length);
	let at = 0;
	for (const part of parts) {
		ids.set(part.ids, at);
		at += part.ids.length;
	}
	return ids;
}
