/** Perspective's errors: google.rpc.Status whose first detail names one of Perspective's own kinds. */
import type { Context } from "hono";
import type { SluiceError } from "../../errors.ts";
import type { HttpEnv } from "../route.ts";
import { sendGoogleError } from "./google-status.ts";
import { EMPTY_COMMENT, MISSING_ATTRIBUTES } from "./perspective.ts";

const TYPE = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error";

/** Answers with an error in Perspective's form; only a bad request has a kind. */
export function sendPerspectiveError(c: Context<HttpEnv>, error: SluiceError): Response {
	const isBadRequest = [400, 413, 415].includes(error.status);
	return sendGoogleError(c, error, isBadRequest ? [{ "@type": TYPE, errorType: toErrorType(error) }] : []);
}

function toErrorType({ code, detail }: SluiceError): string {
	if (code === "text_too_long" || code === "body_too_large") return "COMMENT_TOO_LONG";
	if (detail === EMPTY_COMMENT) return "COMMENT_EMPTY";
	return detail.startsWith(MISSING_ATTRIBUTES) ? "NO_REQUESTED_ATTRIBUTES" : "INVALID_REQUEST";
}
