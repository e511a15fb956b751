/**
 * Structured logs: one JSON object per line through pino. Never content: fields are scalars the caller names,
 * and an error is described without its message, because a foreign message may quote what was sent.
 */
import { pino } from "pino";
import { isSluiceError } from "./errors.ts";

/** What a log line may carry beside its message. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where the service writes what it did. */
export interface Log {
	debug(fields: LogFields, message: string): void;
	info(fields: LogFields, message: string): void;
	warn(fields: LogFields, message: string): void;
	error(fields: LogFields, message: string): void;
	/** Writes what is still buffered. */
	flush(): void;
}

/** A log of lines at or above `level`, to `write` or else, buffered, to stderr. */
export function createLog(options: { level: string; write?: (line: string) => void }): Log {
	const settings = { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
	const { write } = options;
	const out = write ? { write } : pino.destination({ dest: 2, sync: false });
	const logger = pino({ ...settings, formatters: { level: (label) => ({ level: label }) } }, out);
	return {
		debug: (fields, message) => logger.debug(fields, message),
		info: (fields, message) => logger.info(fields, message),
		warn: (fields, message) => logger.warn(fields, message),
		error: (fields, message) => logger.error(fields, message),
		flush: () => {
			if ("flushSync" in out) out.flushSync();
		},
	};
}

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
