/** Who watches a process: what is counted, and what is traced. Parts take them as they are and do without. */
import { type DecisionTrail, recordDecisions } from "../audit/index.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics/index.ts";
import type { Moderator } from "../moderator.ts";
import type { Tracer } from "../trace/index.ts";
import { contentLength } from "../types.ts";

/** See the header. */
export interface Observers {
	readonly metrics?: Metrics | undefined;
	readonly tracer?: Tracer | undefined;
	/** For what is nobody's answer. */
	readonly log?: Log | undefined;
	/** Where decisions are recorded. */
	readonly trail?: DecisionTrail | undefined;
}

/** The same moderator, counted, traced and recorded. */
export function observeModerator(moderator: Moderator, { metrics, tracer, trail }: Observers): Moderator {
	const traced = tracer === undefined ? moderator : traceModerator(moderator, tracer);
	const measured = metrics === undefined ? traced : metrics.measured(traced);
	return trail === undefined ? measured : recordDecisions(measured, trail);
}

function traceModerator(moderator: Moderator, tracer: Tracer): Moderator {
	const moderate: Moderator["moderate"] = (contents, options) => {
		if (!tracer.isOn()) return moderator.moderate(contents, options);
		const characters = contents.reduce((sum, content) => sum + contentLength(content), 0);
		const fields = { "sluice.texts": contents.length, "sluice.characters": characters };
		return tracer.span("moderate", { kind: "internal", fields }, () => moderator.moderate(contents, options));
	};
	return Object.create(moderator, { moderate: { value: moderate } }) as Moderator;
}
