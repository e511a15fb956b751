/**
 * Values that may become labels: each from a fixed set, everything else is "other", so that nobody can make series by sending
 * new words.
 */
import { ERRORS, isSluiceError } from "../errors.ts";

/** What stands for a value outside its set. */
export const OTHER = "other";

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** A request's method. */
export function toMethodLabel(method: string): string {
	return METHODS.has(method) ? method : OTHER;
}

/** A status code; those of other servers that are none of HTTP's are "other". */
export function toStatusLabel(status: number): string {
	return Number.isInteger(status) && status >= 100 && status <= 599 ? String(status) : OTHER;
}

/** The code of what was thrown. */
export function toCodeLabel(error: unknown): string {
	return isSluiceError(error) ? error.code : "internal";
}

/** A code that came as a word. */
export function toKnownCode(code: string): string {
	return Object.hasOwn(ERRORS, code) ? code : OTHER;
}
