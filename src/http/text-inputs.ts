/**
 * The texts of one request and where each stands in its body, checked before any of them is scored.
 */
import { SluiceError } from "../errors.ts";

/** Texts in order; `pointers[i]` is the JSON pointer of `texts[i]`. */
export interface TextInputs {
	readonly texts: readonly string[];
	readonly pointers: readonly string[];
}

/** A string or array of strings under `field` as texts; each is checked by {@link checkText}. */
export function toTextInputs(input: string | readonly string[], field: string): TextInputs {
	const texts = typeof input === "string" ? [input] : input;
	if (texts.length === 0) throw emptyInput(`/${field}`);
	const pointers = typeof input === "string" ? [`/${field}`] : texts.map((_, i) => `/${field}/${i}`);
	for (const [i, text] of texts.entries()) checkText(text, pointers[i]!);
	return { texts, pointers };
}

/** Throws `invalid_request` for a text that is empty or not well-formed Unicode. */
export function checkText(text: string, pointer: string): void {
	if (text === "") throw emptyInput(pointer);
	if (!text.isWellFormed())
		throw new SluiceError("invalid_request", {
			detail: `${pointer}: holds half of a surrogate pair (an escape from \\ud800 to \\udfff without its partner)`,
			pointer,
		});
}

/** Throws `text_too_long` for the first text above the limit, in UTF-16 code units. */
export function checkLengths({ texts, pointers }: TextInputs, maxCharacters: number): void {
	const i = texts.findIndex((text) => text.length > maxCharacters);
	if (i < 0) return;
	throw new SluiceError("text_too_long", {
		detail: `${pointers[i]}: has ${texts[i]!.length} characters; the limit is ${maxCharacters}. Split it and send the parts.`,
		pointer: pointers[i],
	});
}

function emptyInput(pointer: string): SluiceError {
	return new SluiceError("invalid_request", { detail: `${pointer}: must not be empty`, pointer });
}
