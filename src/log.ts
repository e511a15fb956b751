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

/** Makes times like `2026-01-31T12:00:00.000Z` from ms since 1970; the part up to the seconds is made once a second. */
export function createIsoTime(): (ms: number) => string {
	let second = Number.NaN;
	let head = "";
	return (ms) => {
		const rest = ms % 1000;
		if (ms - rest !== second) {
			second = ms - rest;
			head = new Date(second).toISOString().slice(0, -4);
		}
		return `${head}${rest < 10 ? "00" : rest < 100 ? "0" : ""}${rest}Z`;
	};
}

/** A log of lines at or above `level`, to `write` or else, buffered, to stderr. */
export function createLog(options: { level: string; write?: (line: string) => void }): Log {
	const toTime = createIsoTime();
	const timestamp = (): string => `,"time":"${toTime(Date.now())}"`;
	const settings = { level: options.level, base: null, timestamp };
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
