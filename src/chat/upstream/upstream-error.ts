/**
 * What the upstream's refusals become here. Its words are not passed on: they may repeat the request, or a key; its code and
 * the field it names are, where they look like such.
 */
import { type ErrorCode, SluiceError } from "../../errors.ts";
import { isJsonObject, parseJson } from "../../guard/parts/json.ts";
import type { HttpAnswer } from "./exchange.ts";

const MOST_BYTES = 64 * 1024;
const CODES: Readonly<Record<number, ErrorCode>> = {
	400: "invalid_request",
	404: "not_found",
	413: "invalid_request",
	422: "invalid_request",
	429: "overloaded",
	503: "overloaded",
};

/** The error for an answer with another status than 200. @param isCallersKey whether the key was the caller's own. */
export async function toRefusal(answer: HttpAnswer, isCallersKey: boolean): Promise<SluiceError> {
	const { status, retryAfterMs } = answer;
	const body = parseJson(await answer.text(MOST_BYTES).catch(() => ""));
	const facts = factsOf(isJsonObject(body) ? body.error : undefined);
	const isKey = status === 401 || status === 403;
	const code = isKey && isCallersKey ? "unauthorized" : (CODES[status] ?? "remote_failed");
	const whose = isKey ? ` ${isCallersKey ? "the caller's" : "its configured"} key` : " the request";
	return new SluiceError(code, {
		detail: `the upstream refused${whose} (${[`status ${status}`, ...facts].join(", ")})`,
		retryAfterMs,
	});
}

/** The error for an event that says that the answer failed. */
export function toStreamError(error: unknown): SluiceError {
	const facts = factsOf(error);
	const why = facts.length === 0 ? "" : ` (${facts.join(", ")})`;
	return new SluiceError("source_failed", { detail: `the upstream failed in the middle of its answer${why}` });
}

function factsOf(error: unknown): string[] {
	if (!isJsonObject(error)) return [];
	return ["code", "type", "param"].flatMap((name) => {
		const value = error[name];
		return typeof value === "string" && /^[a-z][\w.[\]]{0,60}$/.test(value) ? [`${name} ${value}`] : [];
	});
}
