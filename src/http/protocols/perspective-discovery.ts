/**
 * Perspective's discovery document: Google's clients for Python and Node build themselves from it, so that an address is all
 * they need. Bodies are described as objects; what is in them is in /openapi.json.
 * https://developers.google.com/discovery/v1/reference/apis
 */

const text = (description: string): object => ({ type: "string", location: "query", description });
const object = (id: string): object => ({ id, type: "object", additionalProperties: { type: "any" } });
const method = (name: string, schemas: { request: string; response: string }, description: string): object => ({
	id: `commentanalyzer.comments.${name}`,
	path: `v1alpha1/comments:${name}`,
	flatPath: `v1alpha1/comments:${name}`,
	httpMethod: "POST",
	description,
	parameterOrder: [],
	parameters: {},
	request: { $ref: schemas.request },
	response: { $ref: schemas.response },
});

/** The document for a service at `rootUrl`, which ends in a slash. */
export function toPerspectiveDiscovery(rootUrl: string): object {
	const analyze = { request: "AnalyzeCommentRequest", response: "AnalyzeCommentResponse" };
	const suggest = { request: "SuggestCommentScoreRequest", response: "SuggestCommentScoreResponse" };
	return {
		kind: "discovery#restDescription",
		discoveryVersion: "v1",
		id: "commentanalyzer:v1alpha1",
		name: "commentanalyzer",
		version: "v1alpha1",
		title: "Perspective's format, answered by Sluice",
		protocol: "rest",
		rootUrl,
		baseUrl: rootUrl,
		servicePath: "",
		basePath: "",
		batchPath: "batch",
		parameters: { key: text("An API key"), alt: text("json"), prettyPrint: text("Without effect") },
		schemas: Object.fromEntries([analyze, suggest].flatMap((s) => Object.values(s)).map((id) => [id, object(id)])),
		resources: {
			comments: {
				methods: {
					analyze: method("analyze", analyze, "Scores a comment by the attributes asked for."),
					suggestscore: method("suggestscore", suggest, "Takes a suggested score; nothing is stored."),
				},
			},
		},
	};
}
