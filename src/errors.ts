/**
 * The table of error codes and the one error class.
 * A code fixes HTTP status, retryability and title; `detail` is safe to show, `cause` is only logged.
 * Wire form: RFC 9457 problem details plus OpenAI's `error` object, made in http/problem.ts.
 */

/** What an error code means wherever it surfaces. `status` is an HTTP status; `retryable` says whether the same call may succeed later. */
export interface ErrorKind {
	readonly status: number;
	readonly retryable: boolean;
	readonly title: string;
}

/** The codes, one per kind of failure a caller can tell apart. */
export type ErrorCode =
	| "invalid_request"
	| "invalid_json"
	| "unsupported_input"
	| "unauthorized"
	| "forbidden"
	| "rate_limited"
	| "not_found"
	| "method_not_allowed"
	| "precondition_failed"
	| "precondition_required"
	| "body_too_large"
	| "text_too_long"
	| "unsupported_media_type"
	| "overloaded"
	| "queue_unavailable"
	| "not_ready"
	| "no_score"
	| "audit_unavailable"
	| "deadline_exceeded"
	| "aborted"
	| "invalid_config"
	| "invalid_policy"
	| "invalid_model"
	| "invalid_weights"
	| "invalid_graph"
	| "inference_failed"
	| "not_configured"
	| "storage_full"
	| "download_failed"
	| "remote_failed"
	| "source_failed"
	| "internal";

/** Every error code of Sluice; docs/errors.md lists the same codes (held by a test). */
export const ERRORS: Readonly<Record<ErrorCode, ErrorKind>> = {
	invalid_request: { status: 400, retryable: false, title: "The request is not valid" },
	invalid_json: { status: 400, retryable: false, title: "The body is not valid JSON" },
	unsupported_input: { status: 400, retryable: false, title: "This kind of input is not supported" },
	unauthorized: { status: 401, retryable: false, title: "The key is not accepted" },
	forbidden: { status: 403, retryable: false, title: "The key does not open this" },
	rate_limited: { status: 429, retryable: true, title: "The key has asked for all it may for now" },
	not_found: { status: 404, retryable: false, title: "No such resource" },
	method_not_allowed: { status: 405, retryable: false, title: "Method not allowed on this route" },
	precondition_failed: { status: 412, retryable: false, title: "The resource is not what the request expects" },
	precondition_required: { status: 428, retryable: false, title: "The request must say what it replaces" },
	body_too_large: { status: 413, retryable: false, title: "The request body is too large" },
	text_too_long: { status: 413, retryable: false, title: "A text is longer than the stated limit" },
	unsupported_media_type: { status: 415, retryable: false, title: "The content type is not supported" },
	overloaded: { status: 503, retryable: true, title: "The service is at capacity" },
	queue_unavailable: { status: 503, retryable: true, title: "The queue is out of reach" },
	not_ready: { status: 503, retryable: true, title: "The service is not ready to judge" },
	no_score: { status: 503, retryable: true, title: "A policy got no score for a text" },
	audit_unavailable: { status: 503, retryable: true, title: "A decision could not be recorded" },
	deadline_exceeded: { status: 504, retryable: true, title: "The deadline passed before a verdict" },
	aborted: { status: 499, retryable: false, title: "The caller went away" },
	invalid_config: { status: 500, retryable: false, title: "The configuration is not valid" },
	invalid_policy: { status: 500, retryable: false, title: "A policy file is not valid" },
	invalid_model: { status: 500, retryable: false, title: "A model directory is not valid" },
	invalid_weights: { status: 500, retryable: false, title: "A weights file is not valid" },
	invalid_graph: { status: 500, retryable: false, title: "A graph could not be built" },
	inference_failed: { status: 500, retryable: true, title: "The model could not be run" },
	not_configured: { status: 501, retryable: false, title: "This part of the service is not set up" },
	storage_full: { status: 507, retryable: true, title: "The disk is full" },
	download_failed: { status: 502, retryable: true, title: "A model could not be downloaded" },
	remote_failed: { status: 502, retryable: true, title: "A remote service gave no usable answer" },
	source_failed: { status: 502, retryable: true, title: "The source of a guarded stream failed" },
	internal: { status: 500, retryable: false, title: "Internal error" },
};

/** The one error class. `pointer` is a JSON pointer to the offending field (RFC 6901), e.g. `/input/3/text`; `retryAfterMs` says when a retryable call is worth another try. */
export class SluiceError extends Error {
	readonly code: ErrorCode;
	readonly detail: string;
	readonly pointer: string | undefined;
	readonly retryAfterMs: number | undefined;

	constructor(
		code: ErrorCode,
		options: { detail: string; pointer?: string | undefined; retryAfterMs?: number | undefined; cause?: unknown },
	) {
		super(options.detail, options.cause === undefined ? undefined : { cause: options.cause });
		this.name = "SluiceError";
		this.code = code;
		this.detail = options.detail;
		this.pointer = options.pointer;
		this.retryAfterMs = options.retryAfterMs;
	}

	/** HTTP status of the code. */
	get status(): number {
		return ERRORS[this.code].status;
	}

	/** Whether the same call may succeed later. */
	get retryable(): boolean {
		return ERRORS[this.code].retryable;
	}
}

/** Whether a value thrown by anybody is one of ours. */
export function isSluiceError(value: unknown): value is SluiceError {
	return value instanceof SluiceError;
}
