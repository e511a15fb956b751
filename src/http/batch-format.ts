/** The HTTP routes' formats for the lines of batches: the same checks, answers and problem bodies. */
import type { BatchFormat } from "../batch/index.ts";
import { createEndpoints, type EndpointParts } from "./endpoints.ts";
import { checkGrant, createGranted } from "./granted.ts";
import { repoint } from "./judge.ts";
import { toProblem, toSluiceError } from "./problem.ts";
import { checkLengths } from "./text-inputs.ts";

/** What a scan worker reads and answers lines with. */
export function createBatchFormat(parts: EndpointParts): BatchFormat {
	const { moderator } = parts;
	const endpoints = createEndpoints(parts);
	const endpointsFor = createGranted(moderator, (granted) => createEndpoints({ ...parts, moderator: granted }));
	return {
		parse(path, body, grant) {
			if (grant !== undefined) checkGrant(moderator, grant);
			const request = (endpointsFor(grant) ?? endpoints).get(path)!(body);
			checkLengths(request, moderator.maxCharacters);
			return { ...request, blame: (error) => repoint(error, request) };
		},
		refuse(thrown, requestId) {
			const error = toSluiceError(thrown);
			return { status: error.status, body: toProblem(error, requestId) };
		},
	};
}
