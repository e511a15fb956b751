/** Guarded streams: how they ended, how long text was held, what left before it was stopped. */
import { Counter, Histogram, type Registry } from "prom-client";
import type { GuardReport } from "../guard/index.ts";
import { toKnownCode } from "./bounded.ts";

const HOLD_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Registers what guarded streams are counted by; the function it gives counts one. */
export function createGuardMetrics(registry: Registry): (report: GuardReport) => void {
	const registers = [registry];
	const streams = new Counter({
		name: "sluice_guard_streams_total",
		help: "Guarded streams by mode, action and why they were over",
		labelNames: ["mode", "action", "reason"] as const,
		registers,
	});
	const mean = new Histogram({
		name: "sluice_guard_hold_seconds",
		help: "Mean time of a stream from a piece's arrival until all of it had left",
		labelNames: ["mode"] as const,
		buckets: HOLD_SECONDS,
		registers,
	});
	const longest = new Histogram({
		name: "sluice_guard_longest_hold_seconds",
		help: "Longest such time of a stream",
		labelNames: ["mode"] as const,
		buckets: HOLD_SECONDS,
		registers,
	});
	const characters = new Counter({
		name: "sluice_guard_characters_total",
		help: "Characters by what became of them; leaked ones left before the stream was stopped at a place before them",
		labelNames: ["fate"] as const,
		registers,
	});
	const rewinds = new Counter({
		name: "sluice_guard_rewinds_total",
		help: "Times that text of a stream was taken back and drawn another way, by what became of the stream",
		labelNames: ["action"] as const,
		registers,
	});
	const takenBack = new Counter({
		name: "sluice_guard_taken_back_tokens_total",
		help: "Tokens of such text",
		registers,
	});
	const failures = new Counter({
		name: "sluice_guard_failures_total",
		help: "Streams that could not be judged, by reason and by what followed: block, or pass unjudged",
		labelNames: ["reason", "consequence"] as const,
		registers,
	});
	for (const fate of ["released", "redacted", "leaked"]) characters.inc({ fate }, 0);
	return ({ mode, action, reason, holdMs, failure, ...report }) => {
		streams.inc({ mode, action, reason });
		if (holdMs.count > 0) {
			mean.observe({ mode }, holdMs.mean / 1000);
			longest.observe({ mode }, holdMs.max / 1000);
		}
		characters.inc({ fate: "released" }, report.releasedCharacters);
		characters.inc({ fate: "redacted" }, report.redactedCharacters);
		characters.inc({ fate: "leaked" }, report.leakedCharacters);
		for (const { tokens } of report.rewinds ?? []) {
			rewinds.inc({ action });
			takenBack.inc(tokens);
		}
		if (failure !== null)
			failures.inc({ reason: toKnownCode(failure.code), consequence: reason === "failure" ? "block" : "pass" });
	};
}
