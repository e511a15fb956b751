import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "../src/errors.ts";
import { createModerator } from "../src/moderator.ts";
import type { Scorer } from "../src/scorers/scorer.ts";
import type { Policy } from "../src/types.ts";

const policy = (id: string): Policy => ({
	id,
	title: id,
	guideline: id,
	scorer: { kind: "head", head: id },
	thresholds: { flag: 0.5, block: 0.8, target: "none" },
	maps: { openai: [], perspective: [], google: [], azure: [] },
	examples: [],
});

/** Reads the risk from the text itself, so a test can say what the scorer says. */
const echo: Scorer = {
	model: { id: "echo", hash: "0" },
	maxCharacters: 100,
	check: ({ id }) => {
		if (id === "odd") throw new SluiceError("invalid_policy", { detail: "odd is not measured" });
	},
	score: async (texts, policies) =>
		texts.map((text) => ({
			risks: Object.fromEntries(policies.map((p) => [p.id, Number(text)])),
			spans: {},
			tokens: 1,
		})),
	load: () => ({ queued: 0, running: 0 }),
	close: async () => {},
};

const moderatorOf = (scorer: Scorer | Promise<Scorer>, policies = [policy("a"), policy("b")]) =>
	createModerator({ policies, scorer, maxCharacters: 20 });

test("the action follows the policy's thresholds, and they belong to the more severe side", async () => {
	const moderator = moderatorOf(echo);
	await moderator.ready();
	const verdicts = await moderator.moderate(["0.49", "0.5", "0.79", "0.8"]);
	assert.deepEqual(
		verdicts.map((v) => v.action),
		["allow", "flag", "flag", "block"],
	);
	assert.deepEqual(
		verdicts.map((v) => v.risk),
		[0.49, 0.5, 0.79, 0.8],
	);
	const { decision, ...rest } = verdicts[3]!.policies[1]!;
	assert.deepEqual(rest, {
		policy: "b",
		risk: 0.8,
		thresholds: { flag: 0.5, block: 0.8 },
		action: "block",
		spans: [],
	});
	assert.deepEqual({ ...decision, ms: 0 }, { scorer: "head", stages: 1, ms: 0, tokens: 1 });
});

test("a risk that is no number between 0 and 1 is a failure, never a verdict", async () => {
	const moderator = moderatorOf(echo);
	await moderator.ready();
	for (const text of ["NaN", "1.5", "-1"])
		await assert.rejects(moderator.moderate([text]), (e) => e instanceof SluiceError && e.code === "inference_failed");
});

test("a text over the limit fails the call with its index and the limit", async () => {
	const moderator = moderatorOf(echo);
	await moderator.ready();
	await assert.rejects(
		moderator.moderate(["0.1", "0".repeat(21)]),
		(e) => e instanceof SluiceError && e.code === "text_too_long" && e.pointer === "/1" && /limit is 20/.test(e.detail),
	);
});

test("until the model is loaded there is no verdict but not_ready", async () => {
	const gate = Promise.withResolvers<Scorer>();
	const moderator = moderatorOf(gate.promise);
	assert.equal(moderator.isReady(), false);
	await assert.rejects(moderator.moderate(["0.1"]), (e) => e instanceof SluiceError && e.code === "not_ready");
	gate.resolve(echo);
	await moderator.ready();
	assert.equal(moderator.isReady(), true);
	assert.equal((await moderator.moderate(["0.1"])).length, 1);
});

test("a policy the model does not measure stops the start", async () => {
	await assert.rejects(moderatorOf(echo, [policy("odd")]).ready(), /odd is not measured/);
});

test("closing ends the scorer, also one that cannot measure the policies, and one that is still loading", async () => {
	for (const id of ["a", "odd"]) {
		const gate = Promise.withResolvers<Scorer>();
		let closed = 0;
		const moderator = moderatorOf(gate.promise, [policy(id)]);
		const closing = moderator.close();
		gate.resolve({ ...echo, close: async () => void closed++ });
		await closing;
		assert.equal(closed, 1);
	}
	await moderatorOf(Promise.reject(new Error("no model"))).close();
});
