/** What is answered where there is no app to answer: a binding is wrong, or keys cannot be read. */
import { toErrorFields } from "../http/error-fields.ts";
import { toProblem, toSluiceError } from "../http/problem.ts";
import type { Log } from "../log.ts";

/** Problem details of an error, which is logged. */
export function toFailure(thrown: unknown, log: Log): Response {
	const error = toSluiceError(thrown);
	const requestId = crypto.randomUUID();
	log.error({ request_id: requestId, ...toErrorFields(error) }, "request failed");
	return new Response(JSON.stringify(toProblem(error, requestId)), {
		status: error.status,
		headers: { "content-type": "application/problem+json", "x-request-id": requestId },
	});
}
