/**
 * Everything that is counted, for one process, in Prometheus' text format. Every label comes from a fixed set. Knows no routes:
 * who counts says what.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { EngineRun } from "../engine/index.ts";
import type { GuardReport } from "../guard/index.ts";
import { createGuardMetrics } from "./guarding.ts";
import { createHttpMetrics, type HttpMetrics } from "./http-metrics.ts";
import { createJudgingMetrics, type JudgingMetrics } from "./judging.ts";

const RUN_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const RUN_ROWS = [1, 2, 4, 8, 16, 32, 64];

/** Work on its way, as a moderator tells it. */
export interface Load {
	readonly queued: number;
	readonly running: number;
}

/** What a process counts. */
export interface Metrics extends JudgingMetrics {
	readonly http: HttpMetrics;
	guarded(report: GuardReport): void;
	ran(run: EngineRun): void;
	policiesChanged(outcome: "ok" | "failed"): void;
	/** Asked whenever the metrics are read. */
	watchLoad(load: () => Load): void;
	/** The media type of `read`. */
	readonly contentType: string;
	read(): Promise<string>;
}

/** What is counted beside the service's own. */
export interface MetricsOptions {
	/** Memory, CPU, file descriptors, delays of the event loop, garbage collection. Default true. */
	readonly process?: boolean | undefined;
}

/** Starts to count. */
export function createMetrics({ process = true }: MetricsOptions = {}): Metrics {
	const registry = new Registry();
	const registers = [registry];
	if (process) collectDefaultMetrics({ register: registry });
	const rows = new Histogram({
		name: "sluice_inference_batch_rows",
		help: "Texts, or parts of long texts, that shared a run of the classifier",
		buckets: RUN_ROWS,
		registers,
	});
	const seconds = new Histogram({
		name: "sluice_inference_duration_seconds",
		help: "Time of a run on its thread",
		buckets: RUN_SECONDS,
		registers,
	});
	const tokens = new Counter({ name: "sluice_inference_tokens_total", help: "Tokens that runs read", registers });
	const changes = new Counter({
		name: "sluice_policy_changes_total",
		help: "Changes of the policies that were tried; after a failed one those from before stay",
		labelNames: ["outcome"] as const,
		registers,
	});
	const isStale = new Gauge({
		name: "sluice_policies_stale",
		help: "1 where the last change of the policies failed, so that texts are judged by those from before",
		registers,
	});
	for (const outcome of ["ok", "failed"]) changes.inc({ outcome }, 0);
	return {
		http: createHttpMetrics(registry),
		...createJudgingMetrics(registry),
		guarded: createGuardMetrics(registry),
		ran(run) {
			rows.observe(run.rows);
			seconds.observe(run.ms / 1000);
			tokens.inc(run.tokens);
		},
		policiesChanged(outcome) {
			changes.inc({ outcome });
			isStale.set(outcome === "ok" ? 0 : 1);
		},
		watchLoad: (load) => watchLoad(registry, load),
		contentType: registry.contentType,
		read: () => registry.metrics(),
	};
}

function watchLoad(registry: Registry, load: () => Load): void {
	new Gauge({
		name: "sluice_queue_texts",
		help: "Texts on their way to a verdict: queued or running; a gateway of a fleet knows its own, all of them as queued",
		labelNames: ["state"] as const,
		registers: [registry],
		collect() {
			const { queued, running } = load();
			this.set({ state: "queued" }, queued);
			this.set({ state: "running" }, running);
		},
	});
}
