import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GOOGLE_CATEGORIES, type ModerateTextResponse, toGoogleMap } from "../../../src/http/protocols/google.ts";
import { fakePolicy } from "../../fake-moderator.ts";
import { createHarness } from "../harness.ts";
import { assertGoogleError } from "./subjects.ts";

const policies = [
	fakePolicy("toxicity", [], { google: ["Toxic"] }),
	fakePolicy("violence", [], { google: ["Violent", "Death, Harm & Tragedy"] }),
	fakePolicy("hate", [], { google: ["Derogatory", "Toxic"] }),
];
const h = createHarness({ policies, risk: (text, policy) => (text.includes(policy) ? 0.95 : 0.25) });

async function moderate(document: object, more: object = {}, version = "v2"): Promise<ModerateTextResponse> {
	const response = await h.post(`/${version}/documents:moderateText`, {
		document: { type: "PLAIN_TEXT", ...document },
		...more,
	});
	const text = await response.text();
	assert.equal(response.status, 200, text);
	return JSON.parse(text) as ModerateTextResponse;
}

describe("POST /v2/documents:moderateText", () => {
	it("200 answers with the measured categories by Google's names, in Google's order, and no other", async () => {
		const { moderationCategories } = await moderate({ content: "violence" });
		assert.deepEqual(moderationCategories, [
			{ name: "Toxic", confidence: 0.25 },
			{ name: "Derogatory", confidence: 0.25 },
			{ name: "Violent", confidence: 0.95 },
			{ name: "Death, Harm & Tragedy", confidence: 0.95 },
		]);
		assert.equal(GOOGLE_CATEGORIES.length, 16);
	});
	it("200 severities come with MODEL_VERSION_2 alone, from the thresholds: a half and more where the text is blocked", async () => {
		for (const modelVersion of [undefined, "MODEL_VERSION_UNSPECIFIED", "MODEL_VERSION_1", 1]) {
			const { moderationCategories } = await moderate({ content: "hate" }, { modelVersion });
			assert.ok(moderationCategories.every((category) => !("severity" in category)));
		}
		const { moderationCategories } = await moderate({ content: "hate" }, { modelVersion: "MODEL_VERSION_2" });
		const severities = Object.fromEntries(moderationCategories.map(({ name, severity }) => [name, severity]));
		assert.ok(Math.abs(severities.Derogatory! - 0.75) < 1e-9);
		assert.equal(severities.Toxic, severities.Derogatory);
		assert.equal(severities.Violent, 0.125);
	});
	it("200 repeats the language of the request; without one it is undetermined and not promised", async () => {
		const language = async (languageCode?: string) => {
			const answer = await moderate({ content: "a", languageCode });
			return [answer.languageCode, answer.languageSupported];
		};
		assert.deepEqual(await language("en"), ["en", true]);
		assert.deepEqual(await language("en-GB"), ["en-GB", true]);
		assert.deepEqual(await language("ja"), ["ja", false]);
		assert.deepEqual(await language(""), ["und", false]);
		assert.deepEqual(await language(), ["und", false]);
	});
	it("400 HTML and files are refused as such, and nothing is fetched", async () => {
		for (const [document, detail] of [
			[{ type: "HTML", content: "<p>a</p>" }, /HTML is not read/],
			[{ type: "PLAIN_TEXT", gcsContentUri: "gs://b/o" }, /files are not fetched/],
		] as const) {
			const response = await h.post("/v2/documents:moderateText", { document });
			const body = await response.json();
			assertGoogleError(response, body, { code: "unsupported_input" });
			assert.match(JSON.stringify(body), detail);
		}
	});
	it("501 where no policy names a category, for an empty answer would look harmless", async () => {
		const none = createHarness({ policies: [fakePolicy("hate")] });
		const response = await none.post("/v2/documents:moderateText", { document: { type: "PLAIN_TEXT", content: "a" } });
		assertGoogleError(response, await response.json(), { code: "not_configured" });
	});
	it("a policy mapped to a category Google does not have stops the start", () => {
		assert.throws(() => toGoogleMap([fakePolicy("rude", [], { google: ["Rude"] })]), { code: "invalid_policy" });
	});
});

describe("POST /v1/documents:moderateText", () => {
	it("200 answers with the categories alone", async () => {
		const answer = await moderate({ content: "hate", language: "en" }, {}, "v1");
		assert.deepEqual(Object.keys(answer), ["moderationCategories"]);
		assert.deepEqual(answer.moderationCategories[0], { name: "Toxic", confidence: 0.95 });
	});
});
