/** The log of an edge: the same lines as elsewhere, to whatever the platform collects. */
import type { Log, LogFields } from "../log.ts";

const nothing = (): void => {};

/** Lines of `info` and above. */
export function createEdgeLog(write: (line: string) => void): Log {
	const at =
		(level: string) =>
		(fields: LogFields, msg: string): void =>
			write(JSON.stringify({ level, time: new Date().toISOString(), ...fields, msg }));
	return { debug: nothing, info: at("info"), warn: at("warn"), error: at("error"), flush: nothing };
}
