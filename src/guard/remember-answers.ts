/** An escalation that asks about the same text once, so that text which is judged again costs no second call. */
import { createHash } from "node:crypto";
import type { Verdict } from "../types.ts";
import type { Escalation } from "./options.ts";

/** Remembers verdicts by a hash of the text; failures are asked again. */
export function rememberAnswers(escalation: Escalation): Escalation {
	const known = new Map<string, Verdict[]>();
	return {
		...escalation,
		moderator: {
			async moderate(contents, options) {
				const key = createHash("sha256").update(JSON.stringify(contents)).digest("base64");
				const before = known.get(key);
				if (before !== undefined) return before;
				const verdicts = await escalation.moderator.moderate(contents, options);
				known.set(key, verdicts);
				return verdicts;
			},
		},
	};
}
