/**
 * Structured logs: one JSON object per line through pino. Never content: fields are scalars the caller names.
 */
import { pino } from "pino";

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
