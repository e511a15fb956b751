/**
 * Errors as Google's services send them: google.rpc.Status in JSON, with the details that Google's client libraries read.
 * https://cloud.google.com/apis/design/errors
 */
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { ERRORS, type ErrorCode, type SluiceError } from "../../errors.ts";
import { answerError } from "../problem.ts";
import type { HttpEnv } from "../route.ts";

/** HTTP status and name of google.rpc.Code per HTTP status of ours; any other 4xx is a bad request, any other 5xx internal. */
const CODES: Readonly<Record<number, readonly [status: number, name: string]>> = {
	401: [401, "UNAUTHENTICATED"],
	403: [403, "PERMISSION_DENIED"],
	404: [404, "NOT_FOUND"],
	405: [405, "UNIMPLEMENTED"],
	429: [429, "RESOURCE_EXHAUSTED"],
	499: [499, "CANCELLED"],
	501: [501, "UNIMPLEMENTED"],
	502: [503, "UNAVAILABLE"],
	503: [503, "UNAVAILABLE"],
	504: [504, "DEADLINE_EXCEEDED"],
};

/** A detail, told apart by its type. */
export type StatusDetail = { "@type": string } & Record<string, unknown>;

/** The error body. */
export interface GoogleError {
	error: { code: number; message: string; status: string; details: StatusDetail[] };
}

/** Documents {@link GoogleError}. */
export const GoogleErrorSchema: z.ZodType<GoogleError> = z
	.object({
		error: z.object({
			code: z.int().openapi({ description: "The HTTP status" }),
			message: z.string(),
			status: z.string().openapi({ description: "Name of google.rpc.Code", example: "INVALID_ARGUMENT" }),
			details: z
				.array(z.looseObject({ "@type": z.string() }))
				.openapi({ description: "google.rpc.ErrorInfo, whose reason is our error code, BadRequest and RequestInfo" }),
		}),
	})
	.openapi("GoogleError");

/** The body for an error; `details` come before the usual ones. */
export function toGoogleError(
	error: SluiceError,
	requestId: string,
	details: readonly StatusDetail[] = [],
): GoogleError {
	const [code, status] = toCode(error.status);
	const violations = error.pointer === undefined ? [] : [{ field: toField(error.pointer), description: error.detail }];
	return {
		error: {
			code,
			message: error.detail,
			status,
			details: [
				...details,
				{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: error.code.toUpperCase(), domain: "sluice" },
				...(violations.length === 0
					? []
					: [{ "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: violations }]),
				{ "@type": "type.googleapis.com/google.rpc.RequestInfo", requestId },
			],
		},
	};
}

/** Answers with an error in Google's form. */
export function sendGoogleError(
	c: Context<HttpEnv>,
	error: SluiceError,
	details?: readonly StatusDetail[] | undefined,
): Response {
	const body = toGoogleError(error, c.var.requestId, details);
	return answerError(c, error, { status: body.error.code, contentType: "application/json", body });
}

/** OpenAPI `responses` entries for the codes a route can answer with, one per status. */
export function googleResponses(
	...codes: readonly ErrorCode[]
): Record<string, { description: string; content: { "application/json": { schema: z.ZodType<GoogleError> } } }> {
	const byStatus = Map.groupBy(codes, (code) => toCode(ERRORS[code].status)[0]);
	return Object.fromEntries(
		[...byStatus].map(([status, of]) => [
			status,
			{ description: of.join("; "), content: { "application/json": { schema: GoogleErrorSchema } } },
		]),
	);
}

function toCode(status: number): readonly [number, string] {
	return CODES[status] ?? (status < 500 ? [400, "INVALID_ARGUMENT"] : [500, "INTERNAL"]);
}

/** `/document/content` -> `document.content` */
function toField(pointer: string): string {
	return pointer.slice(1).replaceAll("/", ".");
}
