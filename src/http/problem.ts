/**
 * Errors on the wire: one body that is both RFC 9457 problem details and OpenAI's `error` object, so that HTTP tooling
 * and the OpenAI clients each find what they look for. Never carries what was sent.
 */
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ERRORS, type ErrorCode, isSluiceError, SluiceError } from "../errors.ts";
import type { HttpEnv } from "./route.ts";

/** The error body of every route. */
export interface Problem {
	type: string;
	title: string;
	status: number;
	detail: string;
	instance: string;
	pointer?: string | undefined;
	error: { message: string; type: string; param: string | null; code: string };
}

/** Documents {@link Problem} in the OpenAPI description. */
export const ProblemSchema: z.ZodType<Problem> = z
	.object({
		type: z.string().openapi({ example: "urn:sluice:error:text_too_long" }),
		title: z.string(),
		status: z.int(),
		detail: z.string(),
		instance: z.string().openapi({ description: "The request: `urn:sluice:request:` and the x-request-id" }),
		pointer: z.string().optional().openapi({ description: "JSON pointer (RFC 6901) to the offending field" }),
		error: z.object({
			message: z.string(),
			type: z.string().openapi({ description: "`invalid_request_error` or `server_error`" }),
			param: z.string().nullable().openapi({ description: "The offending field as in `input[3]`" }),
			code: z.string().openapi({ description: "The error code" }),
		}),
	})
	.openapi("Problem");

/** The body for an error; `requestId` makes the occurrence findable in the logs. */
export function toProblem(error: SluiceError, requestId: string): Problem {
	return {
		type: `urn:sluice:error:${error.code}`,
		title: ERRORS[error.code].title,
		status: error.status,
		detail: error.detail,
		instance: `urn:sluice:request:${requestId}`,
		...(error.pointer === undefined ? {} : { pointer: error.pointer }),
		error: {
			message: error.detail,
			type: error.status < 500 ? "invalid_request_error" : "server_error",
			param: error.pointer === undefined ? null : toParam(error.pointer),
			code: error.code,
		},
	};
}

/** What any route that judges texts can answer with. */
export const MODERATING_CODES: readonly ErrorCode[] = [
	"invalid_request",
	"invalid_json",
	"unsupported_media_type",
	"body_too_large",
	"text_too_long",
	"overloaded",
	"not_ready",
	"deadline_exceeded",
	"inference_failed",
	"remote_failed",
	"internal",
];

/** What is thrown by anybody as one of ours; a foreign error becomes `internal` and says nothing of itself. */
export function toSluiceError(error: unknown): SluiceError {
	if (isSluiceError(error)) return error;
	return new SluiceError("internal", {
		detail: "something unexpected went wrong; the log has the details under this request's id",
		cause: error,
	});
}

/** Answers with the problem. */
export function sendProblem(c: Context<HttpEnv>, error: SluiceError): Response {
	const body = toProblem(error, c.get("requestId"));
	return answerError(c, error, { status: error.status, contentType: "application/problem+json", body });
}

/** Answers with an error in any format's body, and with Retry-After in whole seconds where waiting helps: as the error says, at least one. */
export function answerError(
	c: Context<HttpEnv>,
	error: SluiceError,
	answer: { readonly status: number; readonly contentType: string; readonly body: object },
): Response {
	c.header("content-type", answer.contentType);
	if (error.code === "aborted") c.header("connection", "close"); // whoever sends slowly shall not go on
	if ((error.status === 503 || error.status === 429) && error.retryable) {
		c.header("retry-after", String(Math.max(1, Math.ceil((error.retryAfterMs ?? 0) / 1000))));
	}
	return c.body(JSON.stringify(answer.body), answer.status as ContentfulStatusCode);
}

/** OpenAPI `responses` entries for the codes a route can answer with, one per status. */
export function problemResponses(
	...codes: readonly ErrorCode[]
): Record<string, { description: string; content: { "application/problem+json": { schema: z.ZodType<Problem> } } }> {
	const byStatus = Map.groupBy(codes, (code) => ERRORS[code].status);
	return Object.fromEntries(
		[...byStatus].map(([status, of]) => [
			status,
			{
				description: of.map((code) => `${code}: ${ERRORS[code].title}`).join("; "),
				content: { "application/problem+json": { schema: ProblemSchema } },
			},
		]),
	);
}

/** `/input/3/text` -> `input[3].text` */
function toParam(pointer: string): string {
	return pointer
		.slice(1)
		.split("/")
		.map((token, i) => (/^\d+$/.test(token) ? `[${token}]` : i === 0 ? token : `.${token}`))
		.join("");
}
