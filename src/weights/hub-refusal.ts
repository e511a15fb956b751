/**
 * What a hub's refusals and broken connections mean, in words that say what to do. Foreign messages are not repeated.
 * The hub's X-Error-Code tells cases apart that share a status: https://huggingface.co/docs/hub/api
 */
import { SluiceError } from "../errors.ts";
import { type Failure, parseRetryAfter } from "./hub-retry.ts";

/** What is asked for: a revision of a repository, or one file of it. */
export interface Subject {
	readonly repo: string;
	readonly revision: string;
	readonly file?: string;
}

/** A response that is no success, and who gave it. */
export interface Refusal {
	readonly status: number;
	readonly headers: Headers;
	readonly host: string;
	/** Given by the hub itself, not by a storage server it leads to. */
	readonly byHub: boolean;
	readonly hasToken: boolean;
}

/** Codes of connections that never came to be. */
const UNREACHABLE: ReadonlySet<string> = new Set([
	"EAI_AGAIN",
	"ECONNREFUSED",
	"EHOSTUNREACH",
	"ENETUNREACH",
	"ENOTFOUND",
	"UND_ERR_CONNECT_TIMEOUT",
]);

/** The failure behind a status of 300 and more that is no redirect to follow. */
export function toRefusal(refusal: Refusal, subject: Subject): Failure {
	const { status, headers, host, byHub } = refusal;
	if (status === 429) return toRateLimit(refusal);
	if (status >= 500 || status === 408)
		return { failure: failed(`${host} answered ${status}`), waitMs: parseRetryAfter(headers) };
	// A storage server refuses an address that has expired; the hub makes a new one.
	if (!byHub) return { failure: failed(`${host} refused ${subject.file ?? subject.repo} with ${status}`) };
	if (status === 401 || status === 403) return { failure: toDenied(refusal, subject), final: true };
	if (status === 404 || status === 410) return { failure: toMissing(refusal, subject), final: true };
	return { failure: failed(`${host} refused ${subject.file ?? subject.repo} with ${status}`), final: true };
}

/** The failure behind an exception of fetch or of reading a body. */
export function toBrokenConnection(error: unknown, host: string): Failure {
	const code = toCauseCode(error);
	const what = UNREACHABLE.has(code)
		? `cannot reach ${host} (${code}): check the network connection and HF_ENDPOINT`
		: `the connection to ${host} broke (${code})`;
	return { failure: failed(what, error) };
}

/** A `download_failed` error. */
export function failed(detail: string, cause?: unknown): SluiceError {
	return new SluiceError("download_failed", { detail, cause });
}

function toRateLimit({ headers, host, hasToken }: Refusal): Failure {
	const waitMs = parseRetryAfter(headers);
	const when = waitMs === undefined ? "later" : `in ${Math.ceil(waitMs / 1000)} seconds`;
	const hint = hasToken ? "" : "; with HF_TOKEN set the limit is higher";
	const detail = `${host} limits the rate of requests (429): try again ${when}${hint}`;
	return { failure: new SluiceError("download_failed", { detail, retryAfterMs: waitMs }), waitMs };
}

/** Without a token the hub answers 401 for repositories that do not exist, too. */
function toDenied({ status, headers, hasToken }: Refusal, { repo }: Subject): SluiceError {
	const page = `https://huggingface.co/${repo}`;
	const code = headers.get("x-error-code");
	let detail: string;
	if (code === "GatedRepo" || (status === 403 && code === null)) {
		detail = hasToken
			? `${repo} is gated, and the account of HF_TOKEN has no access yet: accept the licence at ${page}; a fine-grained token must also permit gated repositories`
			: `${repo} is gated: accept the licence at ${page}, then set HF_TOKEN to an access token of that account`;
	} else if (hasToken) {
		detail = `the hub gives ${repo} not to this HF_TOKEN (${status}): check the name and the token, and whether a licence must be accepted at ${page}`;
	} else {
		detail = `${repo} does not exist, or is private or gated (${status}): check the name; for a gated model accept the licence at ${page} and set HF_TOKEN`;
	}
	return new SluiceError("invalid_config", { detail });
}

function toMissing({ headers, host }: Refusal, { repo, revision, file }: Subject): SluiceError {
	if (file !== undefined) return failed(`${host} lists ${file} in ${repo} but does not have it`);
	const code = headers.get("x-error-code");
	const detail =
		code === "RevisionNotFound"
			? `${repo} has no revision ${revision}`
			: code === "RepoNotFound"
				? `there is no model repository ${repo} at ${host}`
				: `${host} has no model repository ${repo} with a revision ${revision}`;
	return new SluiceError("invalid_request", { detail });
}

function toCauseCode(error: unknown): string {
	for (let at = error; at instanceof Error; at = at.cause)
		if ("code" in at && typeof at.code === "string") return at.code;
	return "no reason given";
}
