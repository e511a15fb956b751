/**
 * Errors as Azure's services send them: a code, a message and the field, with our own code inside.
 * https://learn.microsoft.com/azure/ai-services/content-safety/concepts/response-codes
 */
import { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { ERRORS, type ErrorCode, type SluiceError } from "../../errors.ts";
import { answerError } from "../problem.ts";
import type { HttpEnv } from "../route.ts";

/** HTTP status and Azure's code per HTTP status of ours; any other 4xx is a bad body, any other 5xx internal. */
const CODES: Readonly<Record<number, readonly [status: number, code: string]>> = {
	401: [401, "Unauthorized"],
	403: [403, "Forbidden"],
	404: [404, "ResourceNotFound"],
	405: [405, "MethodNotAllowed"],
	429: [429, "TooManyRequests"],
	499: [499, "RequestAborted"],
	501: [501, "NotConfigured"],
	502: [503, "ServerBusy"],
	503: [503, "ServerBusy"],
	504: [504, "ServerBusy"],
};

/** The error body. */
export interface AzureError {
	error: {
		code: string;
		message: string;
		target?: string | undefined;
		details: object[];
		innererror: { code: string };
	};
}

/** Documents {@link AzureError}. */
export const AzureErrorSchema: z.ZodType<AzureError> = z
	.object({
		error: z.object({
			code: z.string().openapi({ example: "InvalidRequestBody" }),
			message: z.string(),
			target: z.string().optional().openapi({ description: "The offending field" }),
			details: z.array(z.looseObject({})),
			innererror: z.object({ code: z.string().openapi({ description: "Our error code" }) }),
		}),
	})
	.openapi("AzureError");

/** Answers with an error in Azure's form; its clients read the code from the header. */
export function sendAzureError(c: Context<HttpEnv>, error: SluiceError): Response {
	const { status, code } = toCode(error);
	const target = error.pointer?.slice(1).replaceAll("/", ".");
	const body: AzureError = {
		error: {
			code,
			message: error.detail,
			...(target !== undefined && { target }),
			details: [],
			innererror: { code: error.code },
		},
	};
	c.header("x-ms-error-code", code);
	return answerError(c, error, { status, contentType: "application/json", body });
}

/** OpenAPI `responses` entries for the codes a route can answer with, one per status. */
export function azureResponses(
	...codes: readonly ErrorCode[]
): Record<string, { description: string; content: { "application/json": { schema: z.ZodType<AzureError> } } }> {
	const byStatus = Map.groupBy(codes, (code) => toCode({ status: ERRORS[code].status }).status);
	return Object.fromEntries(
		[...byStatus].map(([status, of]) => [
			status,
			{ description: of.join("; "), content: { "application/json": { schema: AzureErrorSchema } } },
		]),
	);
}

function toCode({ status, pointer }: { status: number; pointer?: string | undefined }): {
	status: number;
	code: string;
} {
	const known = CODES[status];
	if (known !== undefined) return { status: known[0], code: known[1] };
	if (status >= 500) return { status: 500, code: "InternalError" };
	return { status: 400, code: pointer === "/api-version" ? "UnsupportedApiVersionValue" : "InvalidRequestBody" };
}
