/**
 * The contents of one request and where each stands in its body, checked before any of them is scored.
 */
import { SluiceError } from "../errors.ts";
import { type Content, contentLength } from "../types.ts";

/** Contents in order; `pointers[i]` is the JSON pointer of `contents[i]`. */
export interface TextInputs {
	readonly contents: readonly Content[];
	readonly pointers: readonly string[];
}

/** A content or an array of contents under `field`; each is checked by {@link checkText}, an exchange's prompt may be empty. */
export function toTextInputs(input: Content | readonly Content[], field: string): TextInputs {
	const several = Array.isArray(input);
	const contents: readonly Content[] = several ? input : [input as Content];
	if (contents.length === 0) throw emptyInput(`/${field}`);
	const pointers = several ? contents.map((_, i) => `/${field}/${i}`) : [`/${field}`];
	for (const [i, content] of contents.entries()) checkContent(content, pointers[i]!);
	return { contents, pointers };
}

function checkContent(content: Content, pointer: string): void {
	if (typeof content === "string") {
		checkText(content, pointer);
		return;
	}
	checkText(content.response, `${pointer}/response`);
	checkWellFormed(content.prompt, `${pointer}/prompt`);
}

/** Throws `invalid_request` for a text that is empty or not well-formed Unicode. */
export function checkText(text: string, pointer: string): void {
	if (text === "") throw emptyInput(pointer);
	checkWellFormed(text, pointer);
}

function checkWellFormed(text: string, pointer: string): void {
	if (!text.isWellFormed())
		throw new SluiceError("invalid_request", {
			detail: `${pointer}: holds half of a surrogate pair (an escape from \\ud800 to \\udfff without its partner)`,
			pointer,
		});
}

/** Throws `text_too_long` for the first content above the limit, in UTF-16 code units. */
export function checkLengths({ contents, pointers }: TextInputs, maxCharacters: number): void {
	const i = contents.findIndex((content) => contentLength(content) > maxCharacters);
	if (i < 0) return;
	throw new SluiceError("text_too_long", {
		detail: `${pointers[i]}: has ${contentLength(contents[i]!)} characters; the limit is ${maxCharacters}. Split it and send the parts.`,
		pointer: pointers[i],
	});
}

function emptyInput(pointer: string): SluiceError {
	return new SluiceError("invalid_request", { detail: `${pointer}: must not be empty`, pointer });
}
