import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fingerprintPolicies, toScoreQueue } from "../../src/dispatch/judge-set.ts";
import type { Policy } from "../../src/types.ts";
import { fakePolicy } from "../fake-moderator.ts";

const base = [fakePolicy("hate"), fakePolicy("violence")];
const withFirst = (over: Partial<Policy>): Policy[] => [{ ...base[0]!, ...over }, base[1]!];

describe("the fingerprint of policies", () => {
	it("is the same wherever the same policies are read, in whatever order of fields", () => {
		const { id, ...rest } = base[0]!;
		assert.equal(fingerprintPolicies(base), fingerprintPolicies([{ ...rest, id }, structuredClone(base[1]!)]));
	});
	it("is another one when anything changes that decides a verdict", () => {
		const others = [
			base.toReversed(),
			base.slice(0, 1),
			withFirst({ guideline: "The text may contain it." }),
			withFirst({ thresholds: { flag: 0.4, block: 0.9, target: "made up" } }),
			withFirst({ scorer: { kind: "head", head: "other" } }),
			withFirst({ id: "hatred" }),
		];
		const all = [base, ...others].map(fingerprintPolicies);
		assert.equal(new Set(all).size, all.length);
	});
	it("is the same when only examples, titles and names on other services change", () => {
		const same = withFirst({ title: "Other", examples: [], maps: { ...base[0]!.maps, openai: ["hate"] } });
		assert.equal(fingerprintPolicies(same), fingerprintPolicies(base));
	});
});

describe("the queue of a set", () => {
	it("is another one for other policies, another model or the same model with other files", () => {
		const model = { id: "guard", hash: "1" };
		const names = [
			toScoreQueue("sha256:a", model),
			toScoreQueue("sha256:b", model),
			toScoreQueue("sha256:a", { id: "guard", hash: "2" }),
			toScoreQueue("sha256:a", { id: "other", hash: "1" }),
		];
		assert.equal(new Set(names).size, names.length);
		for (const name of names) assert.match(name, /^score-[0-9a-f]{16}$/);
	});
});
