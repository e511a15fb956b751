/** The HTTP routes' formats for the lines of batches: the same checks, answers and problem bodies. */
import type { BatchFormat } from "../batch/index.ts";
import { createEndpoints, type EndpointParts } from "./endpoints.ts";
import { repoint } from "./judge.ts";
import { toProblem, toSluiceError } from "./problem.ts";
import { checkLengths } from "./text-inputs.ts";

/** What a scan worker reads and answers lines with. */
export function createBatchFormat(parts: EndpointParts): BatchFormat {
	const endpoints = createEndpoints(parts);
	return {
		parse(path, body) {
			const request = endpoints.get(path)!(body);
			checkLengths(request, parts.moderator.maxCharacters);
			return { ...request, blame: (error) => repoint(error, request) };
		},
		refuse(thrown, requestId) {
			const error = toSluiceError(thrown);
			return { status: error.status, body: toProblem(error, requestId) };
		},
	};
}
