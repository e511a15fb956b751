/**
 * An error as fields of a log line, without its message: a foreign message may quote what was sent.
 */
import { isSluiceError } from "../errors.ts";
import type { LogFields } from "../log.ts";

/** An error as log fields: code, safe detail, class names and stack frames along the chain of causes; no foreign message. */
export function toErrorFields(error: unknown): LogFields {
	const names: string[] = [];
	const frames: string[] = [];
	for (let e = error, depth = 0; e instanceof Error && depth < 4; e = e.cause, depth++) {
		const code = "code" in e && typeof e.code === "string" ? `(${e.code})` : "";
		names.push(e.name + code);
		frames.push(...(e.stack ?? "").split("\n").filter((line) => /^ {4}at /.test(line)));
	}
	return {
		error: names.join(" <- ") || typeof error,
		...(isSluiceError(error) ? { code: error.code, detail: error.detail } : {}),
		stack: frames.slice(0, 20).join("\n"),
	};
}
