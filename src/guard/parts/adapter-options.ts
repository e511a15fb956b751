/** Options that all adapters have, and what they make of them. */
import type { GuardReport } from "../events.ts";
import type { GuardTextOptions } from "../guard-stream.ts";
import type { GuardOptions, Response } from "../options.ts";

/** See the header. An answer has one or more surfaces: content, reasoning, the arguments of a tool call. Each is a text of its own. */
export interface AdapterOptions extends Omit<GuardTextOptions, "onReport"> {
	/** Said in place of what was stopped, where the format has a place for text. Default nothing. */
	readonly refusal?: string | undefined;
	/** Told how each surface ended. */
	readonly onReport?: ((report: GuardReport, surface: string) => void) | undefined;
}

/** What stands in place of text that is left out, unless declared. */
export const REPLACEMENT = "[redacted]";

/** Options of one surface's guard. What must stay whole cannot have words left out: `redact` stops it. */
export function toGuardOptions(options: AdapterOptions, surface: string, isExact = false): GuardOptions {
	const { refusal: _, replacement: __, onReport, ...rest } = options;
	return {
		...rest,
		responses: isExact ? withoutRedaction(options.responses) : options.responses,
		onReport: onReport && ((report) => onReport(report, surface)),
	};
}

function withoutRedaction(responses: GuardOptions["responses"] = {}): Readonly<Record<string, Response>> {
	const entries = Object.entries(responses).map(([id, response]): [string, Response] => [
		id,
		response.onBlock === "redact" ? { ...response, onBlock: "block" } : response,
	]);
	return Object.fromEntries(entries);
}
