/** Verdicts of a cascade through the HTTP app, with a remote second scorer that works, stalls or is killed. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { createApp } from "../../src/http/app.ts";
import type { Problem } from "../../src/http/problem.ts";
import type { ModerationResponse } from "../../src/http/protocols/openai.ts";
import { type ClassifyResponse, ClassifyResponseSchema } from "../../src/http/protocols/sluice.ts";
import { createLog } from "../../src/log.ts";
import { createModerator } from "../../src/moderator.ts";
import { createCascadeScorer, createScorerSet } from "../../src/scorers/index.ts";
import type { CascadeSpec, Policy, RemoteSpec } from "../../src/types.ts";
import { fakePolicy } from "../fake-moderator.ts";
import { createFakeScorer } from "../scorers/fake-scorer.ts";
import { type ServiceDouble, stall } from "../scorers/remote/service-double.ts";
import { SUBJECTS, setUp } from "../scorers/remote/subjects.ts";

const OPENAI = SUBJECTS.find(({ service }) => service === "openai")!;
/** How much later than its deadline a busy machine may answer. */
const SLACK_MS = 1500;

interface Spec {
	readonly onFailure?: RemoteSpec["onFailure"];
	readonly exhausted?: CascadeSpec["exhausted"];
}

function hate({ onFailure = "fail", exhausted = "block" }: Spec): Policy {
	return {
		...fakePolicy("hate", ["hate"]),
		scorer: {
			kind: "cascade",
			first: { kind: "head", head: "hate" },
			second: { kind: "remote", service: "openai", categories: ["hate"], onFailure },
			band: { from: 0.3, to: 0.8 },
			exhausted,
		},
	};
}

interface App {
	readonly double: ServiceDouble;
	readonly lines: string[];
	post(path: string, body: object, headers?: Record<string, string>): Promise<Response>;
}

/** The first scorer says 0.4 of every text, the double what stands in it. */
async function open(t: TestContext, spec: Spec = {}, concurrency = 8): Promise<App> {
	const { double, scorer: remote } = await setUp(t, OPENAI, { concurrency });
	const set = createScorerSet({ head: createFakeScorer({ risk: () => 0.4 }), "remote:openai": remote });
	const scorer = createCascadeScorer(set);
	const moderator = createModerator({ policies: [hate(spec)], scorer, maxCharacters: 1000 });
	await moderator.ready();
	const lines: string[] = [];
	const log = createLog({ level: "debug", write: (line) => lines.push(line) });
	const app = createApp({ moderator, limits: { maxBodyBytes: 65_536, maxInputs: 64, deadlineMs: 5000 }, log });
	const post = async (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
		app.request(path, {
			method: "POST",
			headers: { "content-type": "application/json", ...headers },
			body: JSON.stringify(body),
		});
	return { double, lines, post };
}

async function classify({ post }: App, body: object): Promise<ClassifyResponse["results"]> {
	const response = await post("/v1/classify", body);
	assert.equal(response.status, 200);
	return ClassifyResponseSchema.parse(await response.json()).results;
}

describe("POST /v1/classify by a cascade", () => {
	it("200 shows the second scorer's risk, and that it decided", async (t) => {
		const [result] = await classify(await open(t), { input: "risk 0.95" });
		assert.deepEqual([result!.action, result!.risk], ["block", 0.95]);
		const { scorer, stages } = result!.policies[0]!.decision;
		assert.deepEqual([scorer, stages], ["remote:openai", 2]);
	});
	it("200 without budget a doubtful text gets the declared action, no risk, and the reason", async (t) => {
		for (const exhausted of ["block", "flag", "allow"] as const) {
			const app = await open(t, { exhausted });
			const [result] = await classify(app, { input: "risk 0.01", budget: { max_escalations: 0 } });
			assert.deepEqual([result!.action, result!.risk, result!.policies[0]!.risk], [exhausted, null, null]);
			const { lacked, instead } = result!.policies[0]!.decision;
			assert.deepEqual([lacked, instead], ["escalations", { action: exhausted, reason: "exhausted" }]);
			assert.equal(app.double.seen.length, 0);
		}
		const [first] = await classify(await open(t, { exhausted: "first" }), {
			input: "risk 0.95",
			budget: { max_escalations: 0 },
		});
		assert.deepEqual([first!.action, first!.risk], ["allow", 0.4]);
	});
	it("200 spends the budget of a request on so many texts, no more", async (t) => {
		const app = await open(t);
		const results = await classify(app, { input: Array(5).fill("risk 0.01"), budget: { max_escalations: 2 } });
		assert.deepEqual(
			results.map(({ action }) => action),
			["allow", "allow", "block", "block", "block"],
		);
	});
	it("400 refuses a budget that is none, by pointer", async (t) => {
		const app = await open(t);
		const refused: [object, string][] = [
			[{ max_escalations: -1 }, "/budget/max_escalations"],
			[{ max_escalations: 1.5 }, "/budget/max_escalations"],
			[{ offline: "yes" }, "/budget/offline"],
		];
		for (const [budget, pointer] of refused) {
			const response = await app.post("/v1/classify", { input: "a", budget });
			assert.equal(response.status, 400);
			assert.equal(((await response.json()) as Problem).pointer, pointer);
		}
		assert.equal((await app.post("/v1/classify", { input: "a", budget: { more: 1 } })).status, 400);
	});
	it("502 remote_failed says which service failed, and nothing of the text or the key", async (t) => {
		const app = await open(t);
		app.double.kill();
		const response = await app.post("/v1/classify", { input: "classified risk 0.5" });
		assert.equal(response.status, 502);
		const body = await response.text();
		assert.equal((JSON.parse(body) as Problem).error.code, "remote_failed");
		assert.match(body, /the remote service openai could not be reached/);
		assert.doesNotMatch(body + app.lines.join(""), /classified|sk-secret/);
	});
	it("a service that stalls holds no request beyond its deadline: 504, or the declared action just before", async (t) => {
		for (const onFailure of ["fail", "block"] as const) {
			const app = await open(t, { onFailure });
			app.double.always = stall;
			const began = performance.now();
			const response = await app.post("/v1/classify", { input: "risk 0.01" }, { "x-sluice-deadline-ms": "250" });
			assert.ok(performance.now() - began < 250 + SLACK_MS);
			assert.equal(response.status, onFailure === "fail" ? 504 : 200);
			if (onFailure === "fail") continue;
			const { results } = (await response.json()) as ClassifyResponse;
			assert.deepEqual([results[0]!.action, results[0]!.risk], ["block", null]);
			assert.deepEqual(results[0]!.policies[0]!.decision.instead, { action: "block", reason: "failed" });
		}
	});
	it("a service killed in mid-run: all requests end in time, and none is scored by accident", async (t) => {
		for (const onFailure of ["fail", "flag"] as const) {
			const app = await open(t, { onFailure, exhausted: "first" }, 2);
			app.double.always = (_, answer) => (app.double.seen.length <= 5 ? answer() : app.double.kill());
			const began = performance.now();
			const ask = (_: unknown, i: number): Promise<Response> =>
				app.post("/v1/classify", { input: [`risk 0.${600 + i}`] }, { "x-sluice-deadline-ms": "4000" });
			const responses = await Promise.all(Array.from({ length: 24 }, ask));
			assert.ok(performance.now() - began < 4000 + SLACK_MS);
			const outcomes = await Promise.all(responses.map((response, i) => outcomeOf(response, 0.6 + i / 1000)));
			const failed = outcomes.filter((outcome) => outcome !== "scored");
			assert.ok(failed.length > 0 && failed.length < outcomes.length, `${failed.length} failed`);
			assert.deepEqual([...new Set(failed)], [onFailure === "fail" ? "remote_failed" : "flag"]);
		}
	});
});

/** "scored" where the answer has the second scorer's risk; else the action in its place, or the error's code. */
async function outcomeOf(response: Response, risk: number): Promise<string> {
	if (response.status !== 200) return ((await response.json()) as Problem).error.code;
	const { results } = (await response.json()) as ClassifyResponse;
	const { decision, action, risk: given } = results[0]!.policies[0]!;
	assert.deepEqual([decision.scorer, decision.stages], ["remote:openai", 2]);
	if (given === null) return action;
	assert.ok(Math.abs(given - risk) < 1e-9, `${given} instead of ${risk}`);
	return "scored";
}

describe("POST /v1/moderations by a cascade", () => {
	it("200 a flag or block in place of a risk shows as true and 1, an allow as false and 0", async (t) => {
		for (const onFailure of ["block", "flag", "allow"] as const) {
			const app = await open(t, { onFailure });
			app.double.kill();
			const response = await app.post("/v1/moderations", { input: "risk 0.5" });
			const [result] = ((await response.json()) as ModerationResponse).results;
			const acts = onFailure !== "allow";
			assert.deepEqual(
				[result!.flagged, result!.categories.hate, result!.category_scores.hate],
				[acts, acts, acts ? 1 : 0],
			);
			assert.deepEqual(result!.category_applied_input_types.hate, ["text"]);
		}
	});
	it("502 remote_failed where the policy declares no action", async (t) => {
		const app = await open(t);
		app.double.kill();
		assert.equal((await app.post("/v1/moderations", { input: "risk 0.5" })).status, 502);
	});
});
