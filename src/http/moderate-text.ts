/** What the two versions of Google's documents:moderateText share: from a document to its measured categories. */
import type { Context } from "hono";
import { readJson } from "./body.ts";
import { judge } from "./judge.ts";
import { parseRequest } from "./parse-request.ts";
import { checkAnyMeasured } from "./protocols/category-map.ts";
import {
	asksForSeverity,
	type ModerateTextRequest,
	type ModerationCategory,
	parseDocument,
	toGoogleMap,
	toModerationCategories,
} from "./protocols/google.ts";
import { fromProtoJson } from "./protocols/proto-json.ts";
import type { HttpEnv, HttpParts } from "./route.ts";
import { checkText } from "./text-inputs.ts";

/** A judged document. */
export interface ModeratedText {
	readonly request: ModerateTextRequest;
	readonly categories: ModerationCategory[];
}

/** Checks and judges the body of a request. Throws `invalid_policy` at once for a name Google does not have. */
export function createModerateText(
	parts: HttpParts,
	schema: Parameters<typeof parseRequest<ModerateTextRequest>>[0],
): (c: Context<HttpEnv>) => Promise<ModeratedText> {
	const map = toGoogleMap(parts.moderator.policies);
	return async (c) => {
		const body = fromProtoJson(await readJson(c, parts.limits.maxBodyBytes));
		const request = parseRequest(schema, body);
		const text = parseDocument(request.document);
		checkText(text, "/document/content");
		checkAnyMeasured(map, "google");
		const [verdict] = await judge(c, parts, { contents: [text], pointers: ["/document/content"] });
		return { request, categories: toModerationCategories(verdict!, map, asksForSeverity(request)) };
	};
}
