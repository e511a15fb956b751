import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type AnalyzeTextResponse, toAzureMap, toLevel } from "../../../src/http/protocols/azure.ts";
import type { AzureError } from "../../../src/http/protocols/azure-error.ts";
import { ACTIONS } from "../../../src/types.ts";
import { fakePolicy } from "../../fake-moderator.ts";
import { createHarness, type Harness } from "../harness.ts";

const PATH = "/contentsafety/text:analyze?api-version=2024-09-01";
const policies = [
	fakePolicy("hate", [], { azure: ["Hate"] }),
	fakePolicy("harassment", [], { azure: ["Hate"] }),
	fakePolicy("violence", [], { azure: ["Violence"] }),
];
const open = (risk: (policy: string) => number): Harness =>
	createHarness({ policies, risk: (_text, policy) => risk(policy) });

async function analyze(body: object, h: Harness): Promise<AnalyzeTextResponse> {
	const response = await h.post(PATH, body);
	const text = await response.text();
	assert.equal(response.status, 200, text);
	return JSON.parse(text) as AnalyzeTextResponse;
}

async function refusal(
	body: object,
	path = PATH,
	h = open(() => 0),
): Promise<AzureError["error"] & { status: number }> {
	const response = await h.post(path, body);
	const { error } = (await response.json()) as AzureError;
	return { ...error, status: response.status };
}

describe("POST /contentsafety/text:analyze", () => {
	it("200 answers for the measured categories, each with the severity of its riskiest policy", async () => {
		const h = open((policy) => ({ hate: 0.1, harassment: 0.96, violence: 0.6 })[policy]!);
		assert.deepEqual(await analyze({ text: "a" }, h), {
			blocklistsMatch: [],
			categoriesAnalysis: [
				{ category: "Hate", severity: 6 },
				{ category: "Violence", severity: 2 },
			],
		});
	});
	it("200 answers for the categories asked for alone, in Azure's order", async () => {
		const { categoriesAnalysis } = await analyze(
			{ text: "a", categories: ["Violence", "Hate", "Hate"] },
			open(() => 0),
		);
		assert.deepEqual(
			categoriesAnalysis.map(({ category }) => category),
			["Hate", "Violence"],
		);
		const violence = await analyze(
			{ text: "a", categories: ["Violence"] },
			open(() => 0),
		);
		assert.deepEqual(violence.categoriesAnalysis, [{ category: "Violence", severity: 0 }]);
	});
	it("200 eight levels, or four of them: 0, 2, 4 and 6, the next lower", async () => {
		const levels = async (outputType?: string): Promise<number[]> => {
			const shown: number[] = [];
			for (const risk of [0, 0.24, 0.26, 0.5, 0.71, 0.9, 0.93, 0.951, 0.98, 1]) {
				const body = { text: "a", categories: ["Violence"], ...(outputType && { outputType }) };
				shown.push(
					(
						await analyze(
							body,
							open(() => risk),
						)
					).categoriesAnalysis[0]!.severity,
				);
			}
			return shown;
		};
		assert.deepEqual(await levels("EightSeverityLevels"), [0, 0, 1, 2, 3, 4, 5, 6, 7, 7]);
		assert.deepEqual(await levels("FourSeverityLevels"), [0, 0, 0, 2, 2, 4, 4, 6, 6, 6]);
		assert.deepEqual(await levels(), await levels("FourSeverityLevels"));
	});
	it("a severity is from 2 on just where the policy flags, from 4 on just where it blocks, with a risk or without", () => {
		const decision = { scorer: "head", stages: 1, ms: 1 };
		for (const thresholds of [
			{ flag: 0.07, block: 0.65 },
			{ flag: 0.5, block: 0.5 },
			{ flag: 0.3, block: 0.99 },
		])
			for (let risk = 0; risk <= 1; risk += 0.001) {
				const action = risk >= thresholds.block ? "block" : risk >= thresholds.flag ? "flag" : "allow";
				const level = toLevel({ policy: "p", risk, thresholds, action, spans: [], decision });
				assert.equal(level >= 4 ? 2 : level >= 2 ? 1 : 0, ACTIONS.indexOf(action), `${risk}`);
			}
		const without = { policy: "p", risk: null, thresholds: { flag: 0.5, block: 0.9 }, spans: [], decision };
		assert.deepEqual([toLevel({ ...without, action: "flag" }), toLevel({ ...without, action: "block" })], [3, 7]);
		assert.throws(() => toLevel({ ...without, action: "allow" }), { code: "no_score" });
	});
	it("400 a category that no policy measures, and blocklists", async () => {
		const sexual = await refusal({ text: "a", categories: ["Hate", "Sexual"] });
		assert.deepEqual([sexual.status, sexual.code, sexual.target], [400, "InvalidRequestBody", "categories.1"]);
		assert.match(sexual.message, /no policy measures Sexual; measured are Hate, Violence/);
		const listed = await refusal({ text: "a", blocklistNames: ["my list"] });
		assert.deepEqual([listed.status, listed.code, listed.target], [400, "InvalidRequestBody", "blocklistNames"]);
		await analyze(
			{ text: "a", blocklistNames: [], haltOnBlocklistHit: true },
			open(() => 0),
		);
	});
	it("400 a missing api-version, or one whose answers have another form", async () => {
		for (const query of ["", "?api-version=", "?api-version=2023-04-30-preview", "?api-version=latest"]) {
			const error = await refusal({ text: "a" }, `/contentsafety/text:analyze${query}`);
			assert.deepEqual([error.status, error.code], [400, "UnsupportedApiVersionValue"], query);
		}
		for (const version of ["2023-10-01", "2024-02-15-preview", "2024-09-15-preview"]) {
			const response = await open(() => 0).post(`/contentsafety/text:analyze?api-version=${version}`, { text: "a" });
			assert.equal(response.status, 200, version);
		}
	});
	it("501 where no policy names a category, for an empty answer would look harmless", async () => {
		const error = await refusal({ text: "a" }, PATH, createHarness({ policies: [fakePolicy("hate")] }));
		assert.deepEqual([error.status, error.code], [501, "NotConfigured"]);
	});
	it("a policy mapped to a category Azure does not have stops the start", () => {
		assert.throws(() => toAzureMap([fakePolicy("rude", [], { azure: ["Rude"] })]), { code: "invalid_policy" });
	});
});
