import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRemoteScorer } from "../../../src/scorers/remote/index.ts";
import { stall } from "./service-double.ts";
import { KEY, remotePolicy, SUBJECTS, setUp } from "./subjects.ts";

const [subject = assert.fail("no services")] = SUBJECTS;

describe("createRemoteScorer", () => {
	it("declared actions are there before the deadline, so that whoever waits until then gets them", async (t) => {
		const { double, scorer } = await setUp(t, subject);
		double.always = stall;
		let late = false;
		const timer = setTimeout(() => {
			late = true;
		}, 380);
		const flagging = remotePolicy(subject, { onFailure: "flag" });
		const [score] = await scorer.score(["text"], [flagging], { deadlineMs: performance.now() + 400 });
		clearTimeout(timer);
		assert.equal(score?.decisions?.[flagging.id]?.instead?.action, "flag");
		assert.ok(!late);
	});
	it("one policy that declares fail fails the call for all", async (t) => {
		const { double, scorer } = await setUp(t, subject);
		double.kill();
		const policies = [remotePolicy(subject, { onFailure: "allow" }), remotePolicy(subject)];
		await assert.rejects(scorer.score(["text"], policies), { code: "remote_failed" });
		const actions = (["allow", "flag", "block"] as const).map((onFailure) => remotePolicy(subject, { onFailure }));
		const [score] = await scorer.score(["text"], actions);
		assert.deepEqual(score?.risks, {});
		assert.deepEqual(
			actions.map(({ id }) => score?.decisions?.[id]?.instead?.action),
			["allow", "flag", "block"],
		);
	});
	it("a policy's risk is the highest of its categories", async (t) => {
		const { scorer } = await setUp(t, subject);
		const both = remotePolicy(subject, { categories: ["violence", "hate"] });
		const other = { ...remotePolicy(subject, { categories: ["violence"] }), id: "other" };
		const [score] = await scorer.score(["risk 0.7"], [both, other]);
		assert.deepEqual(score?.risks, { [both.id]: 0.7, other: 0.02 });
	});
	it("of an exchange, services for single texts judge the response", async (t) => {
		const { scorer } = await setUp(t, subject);
		const policy = remotePolicy(subject);
		const [score] = await scorer.score([{ prompt: "risk 0.9", response: "risk 0.2" }], [policy]);
		assert.equal(score?.risks[policy.id], 0.2);
	});
	it("its identity tells address and model apart and keeps the key to itself", () => {
		const make = (over: object): string => createRemoteScorer({ service: "openai", apiKey: KEY, ...over }).model.hash;
		assert.notEqual(make({}), make({ model: "omni-moderation-2024-09-26" }));
		assert.notEqual(make({}), make({ baseUrl: "https://mirror.example" }));
		assert.equal(make({}), make({ apiKey: "another" }));
		assert.equal(createRemoteScorer({ service: "openai" }).model.id, "remote:openai:omni-moderation-latest");
	});
	it("refuses to be built where the key would travel unencrypted", () => {
		const build = (): unknown =>
			createRemoteScorer({ service: "google", baseUrl: "http://proxy.example", apiKey: KEY });
		assert.throws(build, (error: Error) => /https only/.test(error.message) && !error.message.includes(KEY));
	});
});
