/** Replaying texts under other policies. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hashPolicy } from "../../src/audit/index.ts";
import { SluiceError } from "../../src/errors.ts";
import { type ReplayReport, replay, toPolicyChange } from "../../src/replay/index.ts";
import type { Policy } from "../../src/types.ts";
import { createFakeModerator, fakePolicy } from "../fake-moderator.ts";

const HATE = fakePolicy("hate");
const SPAM = fakePolicy("spam");

function withThresholds(policy: Policy, flag: number, block: number): Policy {
	return { ...policy, thresholds: { flag, block, target: "made up" } };
}

/** The risk of a text is the number in it, whatever the policy. */
function riskOf(text: string): number {
	return Number(/0\.\d+/.exec(text)?.[0] ?? 0.01);
}

async function run(
	lines: readonly string[],
	after: readonly Policy[],
	before: readonly Policy[] = [HATE, SPAM],
): Promise<ReplayReport> {
	const change = toPolicyChange(before, after);
	const check = (contents: readonly unknown[]): void => {
		if (contents.includes("too long")) throw new SluiceError("text_too_long", { detail: "no", pointer: "/0" });
	};
	return replay(lines, {
		moderator: createFakeModerator({ policies: change.union, risk: riskOf, before: check }),
		change,
	});
}

const row = (value: object): string => JSON.stringify(value);

describe("a replay", () => {
	it("names each decision that would change, and no other", async () => {
		const lines = [
			row({ text: "0.1", id: "a" }),
			row({ text: "0.4", custom_id: "b" }),
			row({ prompt: "0.9", response: "0.6" }),
			"",
		];
		const report = await run(lines, [withThresholds(HATE, 0.3, 0.55), SPAM]);
		assert.deepEqual(report.changes, [
			{
				line: 2,
				id: "b",
				before: "allow",
				after: "flag",
				policies: [{ policy: "hate", before: { risk: 0.4, action: "allow" }, after: { risk: 0.4, action: "flag" } }],
			},
			{
				line: 3,
				id: null,
				before: "flag",
				after: "block",
				policies: [{ policy: "hate", before: { risk: 0.6, action: "flag" }, after: { risk: 0.6, action: "block" } }],
			},
		]);
		assert.equal(report.rows, 3);
		assert.deepEqual(
			report.policies.map(({ policy, change }) => [policy, change]),
			[["hate", "changed"]],
		);
		assert.deepEqual(report.verdicts.actions.allow, { allow: 1, flag: 1, block: 0 });
		assert.equal(report.byPolicy.spam!.agreed, 1);
	});

	it("knows policies that are added and removed", async () => {
		const report = await run([row({ text: "0.6" })], [HATE, fakePolicy("new")], [HATE, SPAM]);
		assert.deepEqual(
			report.policies.map(({ policy, change, before, after }) => [policy, change, before === null, after === null]),
			[
				["new", "added", true, false],
				["spam", "removed", false, true],
			],
		);
		assert.deepEqual(
			report.changes[0]!.policies.map(({ policy, before, after }) => [policy, before?.action, after?.action]),
			[
				["new", undefined, "flag"],
				["spam", "flag", undefined],
			],
		);
	});

	it("takes what is for people for no change", async () => {
		const report = await run([row({ text: "0.6" })], [{ ...HATE, title: "Other" }, SPAM]);
		assert.deepEqual([report.policies, report.changes], [[], []]);
	});

	it("reads recorded decisions, and says whether their risks came out the same", async () => {
		const recorded = (of: { risk: number; hash?: string; model?: string; seq: number }): string =>
			row({
				seq: of.seq,
				kind: "decision",
				content: { text: "0.6" },
				model: { id: "fake-guard", hash: of.model ?? "sha256:0000" },
				policies: [{ policy: "hate", hash: of.hash ?? hashPolicy(HATE), risk: of.risk }],
			});
		const lines = [
			recorded({ seq: 4, risk: 0.6 }),
			recorded({ seq: 5, risk: 0.61 }),
			recorded({ seq: 6, risk: 0.61, hash: "sha256:other" }),
			recorded({ seq: 7, risk: 0.61, model: "sha256:other" }),
			row({ seq: 8, kind: "decision" }),
			row({ seq: 9, kind: "opened" }),
		];
		const { reproduced, rows, skipped, changes } = await run(lines, [withThresholds(HATE, 0.1, 0.2), SPAM]);
		assert.deepEqual(reproduced, {
			compared: 2,
			equal: 1,
			deviations: [{ line: 2, policy: "hate", recorded: 0.61, risk: 0.6 }],
		});
		assert.deepEqual([rows, skipped], [4, { "no content": 1, "not a decision": 1 }]);
		assert.deepEqual(
			changes.map(({ id }) => id),
			[4, 5, 6, 7],
		);
	});

	it("counts rows that are none, and rows that cannot be judged, and judges the others", async () => {
		const lines = ["{", row({ words: 1 }), row({ text: "too long" }), row({ text: "0.6" }), row({ text: "\ud800" })];
		const { rows, failed } = await run(lines, [HATE, SPAM]);
		assert.deepEqual([rows, failed], [1, { invalid_json: 1, invalid_request: 2, text_too_long: 1 }]);
	});
});
