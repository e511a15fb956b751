/** Checks of parsed JSON for tokenizer.json: what fails names its place as a JSON pointer (RFC 6901). */
import { SluiceError } from "../errors.ts";

/** Throws `invalid_model` for the value at `pointer` ("" is the whole file). */
export function failAt(pointer: string, message: string): never {
	throw new SluiceError("invalid_model", { detail: `tokenizer.json ${pointer || "/"}: ${message}`, pointer });
}

/** Whether a parsed JSON value is an object (neither null nor an array). */
export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as an object that has no field but the `known` ones. */
export function checkFields(value: unknown, pointer: string, known: readonly string[]): Record<string, unknown> {
	if (!isRecord(value)) return failAt(pointer, "not an object");
	for (const field of Object.keys(value)) {
		if (!known.includes(field)) failAt(`${pointer}/${field}`, `${field} is not supported`);
	}
	return value;
}
