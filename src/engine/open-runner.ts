/**
 * Opens the runner for a model's layout; the list of layouts.
 */
import type { Caches, GraphRunner } from "./graph-runner.ts";
import type { ThreadSetup } from "./protocol.ts";
import { openRowsRunner } from "./rows-runner.ts";
import { openSlotsRunner } from "./slots-runner.ts";

/** Opens the graphs that are needed first. Rejects with the runtime's own error. */
export function openGraphRunner(setup: ThreadSetup): Promise<GraphRunner<Caches>> {
	const { layout } = setup;
	const opening = layout.kind === "rows" ? openRowsRunner(setup, layout.caches) : openSlotsRunner(setup, layout);
	return opening as Promise<GraphRunner<Caches>>; // callers hand back what the same runner gave them
}
