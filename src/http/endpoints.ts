/**
 * The requests that judge texts, by path: a body checked, and verdicts as the answer's body. The routes answer calls with
 * these, and batches their lines, so both say the same.
 */
import { randomUUID } from "node:crypto";
import { BATCH_ENDPOINTS, type BatchEndpoint } from "../batch/index.ts";
import type { Moderator } from "../moderator.ts";
import type { Verdict } from "../types.ts";
import type { JudgeInputs } from "./judge.ts";
import { checkArrayLength, parseRequest } from "./parse-request.ts";
import {
	checkModelName,
	ModerationRequestSchema,
	type ModerationResponse,
	parseModerationInput,
	toCategoryMap,
	toModerationResult,
} from "./protocols/openai.ts";
import {
	ClassifyRequestSchema,
	type ClassifyResponse,
	parsePolicyIds,
	toBudget,
	toClassifyResult,
} from "./protocols/sluice.ts";
import { toTextInputs } from "./text-inputs.ts";

/** A checked request to judge texts. */
export interface JudgeRequest<Answer> extends JudgeInputs {
	/** The answer's body, from one verdict per content. */
	answer(verdicts: readonly Verdict[]): Answer;
}

/** Checks bodies of one path; throws what the route answers. */
export type Endpoint<Answer> = (body: unknown) => JudgeRequest<Answer>;

/** What endpoints are made of. */
export interface EndpointParts {
	readonly moderator: Moderator;
	readonly limits: { readonly maxInputs: number };
}

/** POST /v1/moderations. Throws `invalid_policy` when a policy maps to a name OpenAI does not have. */
export function createModerationsEndpoint({ moderator, limits }: EndpointParts): Endpoint<ModerationResponse> {
	const categoryMap = toCategoryMap(moderator.policies);
	return (body) => {
		checkArrayLength(body, "input", limits.maxInputs);
		const request = parseRequest(ModerationRequestSchema, body);
		checkModelName(request.model, moderator);
		return {
			...parseModerationInput(request.input),
			answer: (verdicts) => ({
				id: `modr-${randomUUID().replaceAll("-", "")}`,
				model: moderator.model.id,
				results: verdicts.map((verdict) => toModerationResult(verdict, categoryMap)),
			}),
		};
	};
}

/** POST /v1/classify. */
export function createClassifyEndpoint({ moderator, limits }: EndpointParts): Endpoint<ClassifyResponse> {
	return (body) => {
		checkArrayLength(body, "input", limits.maxInputs);
		checkArrayLength(body, "policies", limits.maxInputs);
		const request = parseRequest(ClassifyRequestSchema, body);
		const wanted = parsePolicyIds(request.policies, moderator.policies);
		return {
			...toTextInputs(request.input, "input"),
			budget: toBudget(request.budget),
			answer(verdicts) {
				const { id, hash } = moderator.model;
				return {
					id: `clas-${randomUUID().replaceAll("-", "")}`,
					model: { id, hash },
					results: verdicts.map((verdict) => toClassifyResult(verdict, wanted)),
				};
			},
		};
	};
}

const ENDPOINTS: Readonly<Record<BatchEndpoint, (parts: EndpointParts) => Endpoint<object>>> = {
	"/v1/moderations": createModerationsEndpoint,
	"/v1/classify": createClassifyEndpoint,
};

/** Every endpoint a batch may be about. */
export function createEndpoints(parts: EndpointParts): ReadonlyMap<BatchEndpoint, Endpoint<object>> {
	return new Map(BATCH_ENDPOINTS.map((path) => [path, ENDPOINTS[path](parts)]));
}
