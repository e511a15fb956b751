/** Asks another scorer about a prefix, over the last characters of the text: the only text that a guard keeps after its release. */
import type { CallOptions, Verdict } from "../types.ts";
import type { Settings } from "./options.ts";

/** See the header. */
export interface Escalator {
	push(delta: string): void;
	/** Asks about the prefix of length `end`; `windowStart` is where the text begins that was sent. */
	ask(end: number, options: CallOptions): Promise<{ readonly verdict: Verdict; readonly windowStart: number }>;
}

/** Undefined where nobody can be asked. @param maxAheadCharacters text that may have come after the prefix asked about. */
export function createEscalator({ escalation, maxAheadCharacters }: Settings): Escalator | undefined {
	if (escalation === undefined) return undefined;
	const { moderator, windowCharacters } = escalation;
	let text = "";
	let start = 0;
	let asked = 0;
	const trim = (): void => {
		const from = Math.max(start, asked - windowCharacters);
		if (from - start < windowCharacters) return;
		text = text.slice(from - start);
		start = from;
	};
	return {
		push(delta) {
			text += delta;
			asked = Math.max(asked, start + text.length - delta.length - maxAheadCharacters);
			trim();
		},
		async ask(end, options) {
			asked = Math.max(asked, end);
			let from = Math.max(start, end - windowCharacters);
			const first = text.charCodeAt(from - start);
			if (from > 0 && first >= 0xdc00 && first <= 0xdfff) from++; // no half character
			const [verdict] = await moderator.moderate([text.slice(from - start, end - start)], options);
			return { verdict: verdict!, windowStart: from };
		},
	};
}
