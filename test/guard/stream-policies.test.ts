import assert from "node:assert/strict";
import { test } from "node:test";
import { SluiceError } from "../../src/errors.ts";
import { toStreamPolicies } from "../../src/guard/index.ts";
import type { Policy } from "../../src/types.ts";
import { toPolicy } from "./scripted-scorer.ts";

const check = ({ scorer }: Policy): void => {
	if (scorer.kind !== "head") throw new SluiceError("invalid_policy", { detail: "no head" });
};

test("a cascade is followed by its first scorer, its band goes to the other; what cannot be followed is named", () => {
	const head = toPolicy("head");
	const remote = { kind: "remote", service: "openai", categories: ["x"], onFailure: "fail" } as const;
	const band = { from: 0.2, to: 0.7 };
	const cascade: Policy = {
		...toPolicy("both"),
		scorer: { kind: "cascade", first: { kind: "head", head: "h" }, second: remote, band, exhausted: "block" },
	};
	const { policies, responses, left } = toStreamPolicies([head, cascade, { ...toPolicy("far"), scorer: remote }], {
		check,
	});
	assert.deepEqual(
		policies.map(({ id, scorer }) => [id, scorer.kind]),
		[
			["head", "head"],
			["both", "head"],
		],
	);
	assert.deepEqual([responses, left], [{ both: { doubt: band } }, ["far"]]);
});
