/** Policies that are measured by asking Yes or No. */
import { type Policy, PolicySchema, type YesNoSpec } from "../../../src/types.ts";

/** A policy with this guideline; `spec` replaces defaults of its scorer. */
export function yesNoPolicy(id: string, guideline: string, spec: Partial<YesNoSpec> = {}): Policy {
	return PolicySchema.parse({
		id,
		title: id,
		guideline,
		scorer: { kind: "yes-no", ...spec },
		thresholds: { flag: 0.4, block: 0.6, target: "a test" },
		maps: {},
		examples: [
			{ text: "bad", violates: true },
			{ text: "good", violates: false },
		],
	});
}

const HARMS = ["Hate Speech", "Harassment", "Dangerous Content", "Sexually Explicit Information", "Spam", "Gambling"];

/** So many policies with guidelines of their own, of about forty words. */
export function somePolicies(count: number, spec: Partial<YesNoSpec> = {}): Policy[] {
	return Array.from({ length: count }, (_, i) => {
		const harm = HARMS[i % HARMS.length]!;
		const rule = `"No ${harm}": The prompt shall not contain or seek generation of content that concerns ${harm} number ${i}`;
		return yesNoPolicy(
			`policy-${i}`,
			`${rule} (e.g., ${"one example after another of it ".repeat(3 + (i % 3))}).`,
			spec,
		);
	});
}
