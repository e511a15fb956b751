/** Asks another scorer about a prefix, over the last characters of the text: the only text that a guard keeps after its release. */
import type { CallOptions, Verdict } from "../types.ts";
import type { Settings } from "./options.ts";

/** See the header. */
export interface Escalator {
	push(delta: string): void;
	/** Says that no prefix shorter than `end` will be asked about. */
	judged(end: number): void;
	/** Asks about the prefix of length `end`; `windowStart` is where the text begins that was sent. */
	ask(end: number, options: CallOptions): Promise<{ readonly verdict: Verdict; readonly windowStart: number }>;
}

/** Undefined where nobody can be asked. */
export function createEscalator({ escalation }: Settings): Escalator | undefined {
	if (escalation === undefined) return undefined;
	const { moderator, windowCharacters, prompt } = escalation;
	let text = "";
	let start = 0;
	return {
		push(delta) {
			text += delta;
		},
		judged(end) {
			const from = end - windowCharacters;
			if (from - start < windowCharacters) return; // now and then is enough
			text = text.slice(from - start);
			start = from;
		},
		async ask(end, options) {
			let from = Math.max(start, end - windowCharacters);
			const first = text.charCodeAt(from - start);
			if (from > 0 && first >= 0xdc00 && first <= 0xdfff) from++; // no half character
			const response = text.slice(from - start, end - start);
			const [verdict] = await moderator.moderate([prompt === undefined ? response : { prompt, response }], options);
			return { verdict: verdict!, windowStart: from };
		},
	};
}
