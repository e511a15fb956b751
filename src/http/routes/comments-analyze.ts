/** POST /v1alpha1/comments:analyze: Perspective's scoring of a comment. */
import { readJson } from "../body.ts";
import { judge } from "../judge.ts";
import { checkArrayLength, parseRequest } from "../parse-request.ts";
import { MODERATING_CODES } from "../problem.ts";
import { googleResponses } from "../protocols/google-status.ts";
import {
	AnalyzeCommentRequestSchema,
	type AnalyzeCommentResponse,
	AnalyzeCommentResponseSchema,
	checkAttributeNames,
	parseAttributes,
	parseComment,
	toAttributeMap,
	toAttributeScores,
} from "../protocols/perspective.ts";
import { sendPerspectiveError } from "../protocols/perspective-error.ts";
import { fromProtoJson } from "../protocols/proto-json.ts";
import { toSentences } from "../protocols/sentences.ts";
import type { Route } from "../route.ts";
import { checkText } from "../text-inputs.ts";

/** More parts of one text are not scored: longer ones have longer parts. */
const MAX_SPANS = 64;
/** The language of a text that nobody named (BCP 47). */
const UNDETERMINED = "und";

/** The route. */
export const commentsAnalyze: Route = {
	config: {
		method: "post",
		path: "/v1alpha1/comments:analyze",
		summary: "Score a comment in Perspective's format",
		request: { body: { required: true, content: { "application/json": { schema: AnalyzeCommentRequestSchema } } } },
		responses: {
			200: {
				description: "A score per attribute",
				content: { "application/json": { schema: AnalyzeCommentResponseSchema } },
			},
			...googleResponses(...MODERATING_CODES, "unsupported_input", "no_score"),
		},
	},
	refuse: sendPerspectiveError,
	create(parts) {
		const { moderator, limits } = parts;
		const map = toAttributeMap(moderator.policies);
		return async (c) => {
			const body = fromProtoJson(await readJson(c, limits.maxBodyBytes));
			checkAttributeNames(body, "requestedAttributes");
			checkArrayLength(body, "languages", limits.maxInputs);
			const request = parseRequest(AnalyzeCommentRequestSchema, body);
			const text = parseComment(request);
			checkText(text, "/comment/text");
			const wanted = parseAttributes(request, map);

			const ranges = request.spanAnnotations ? toSentences(text, Math.min(MAX_SPANS, limits.maxInputs)) : [];
			const isOneSentence = ranges.length === 1 && ranges[0]!.end - ranges[0]!.begin === text.length;
			const sentences = isOneSentence ? [] : ranges.map(({ begin, end }) => text.slice(begin, end));
			const contents = [text, ...sentences];
			const pointers = contents.map(() => "/comment/text");
			const [whole, ...ofRanges] = await judge(c, parts, { contents, pointers });
			const spans = ranges.map((range, i) => ({ range, verdict: isOneSentence ? whole! : ofRanges[i]! }));
			const attributeScores = toAttributeScores({ wanted, whole: whole!, spans });

			const { languages = [], clientToken } = request;
			const answer: AnalyzeCommentResponse = {
				...(attributeScores !== undefined && { attributeScores }),
				languages: languages.length > 0 ? languages : [UNDETERMINED],
				detectedLanguages: [UNDETERMINED],
				...(clientToken !== undefined && { clientToken }),
			};
			return c.json(answer);
		};
	},
};
