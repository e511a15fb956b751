/**
 * What a moderator does: how long, how many texts at once, risks and actions per policy, failures by what follows from them.
 * Policies are those in force; the series of others go when they do.
 */
import { Counter, Histogram, type Registry } from "prom-client";
import { isSluiceError } from "../errors.ts";
import type { Moderator } from "../moderator.ts";
import { ACTIONS, type PolicyVerdict, type Verdict } from "../types.ts";
import { toCodeLabel } from "./bounded.ts";

const RISKS = [0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];
const TEXTS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Counts verdicts. */
export interface JudgingMetrics {
	/** The same moderator, counted. */
	measured(moderator: Moderator): Moderator;
	/** From now on these are the policies; others have no series any more. */
	usePolicies(ids: readonly string[]): void;
}

/** Registers what verdicts are counted by. */
export function createJudgingMetrics(registry: Registry): JudgingMetrics {
	const registers = [registry];
	const duration = new Histogram({
		name: "sluice_judge_duration_seconds",
		help: "Time of a call from its texts to their verdicts, waiting included",
		buckets: SECONDS,
		registers,
	});
	const texts = new Histogram({
		name: "sluice_judge_texts",
		help: "Texts of a call",
		buckets: TEXTS,
		registers,
	});
	const risks = new Histogram({
		name: "sluice_risk",
		help: "Risks by policy",
		labelNames: ["policy"] as const,
		buckets: RISKS,
		registers,
	});
	const actions = new Counter({
		name: "sluice_actions_total",
		help: "What policies said of texts",
		labelNames: ["policy", "action"] as const,
		registers,
	});
	const failures = new Counter({
		name: "sluice_failures_total",
		help: "Texts or calls without a score, by reason and by what followed: an error, or the action that a policy declares",
		labelNames: ["reason", "consequence"] as const,
		registers,
	});
	let known: ReadonlySet<string> = new Set();

	const count = ({ policy, risk, action, decision }: PolicyVerdict): void => {
		if (decision.instead !== undefined)
			failures.inc({ reason: decision.instead.reason, consequence: decision.instead.action });
		if (!known.has(policy)) return; // of a set that has just been replaced
		if (risk !== null) risks.observe({ policy }, risk);
		actions.inc({ policy, action });
	};
	const countAll = (verdicts: readonly Verdict[], seconds: number): void => {
		duration.observe(seconds);
		texts.observe(verdicts.length);
		for (const { policies } of verdicts) for (const policy of policies) count(policy);
	};
	return {
		measured: (moderator) =>
			Object.create(moderator, {
				moderate: {
					async value(...args: Parameters<Moderator["moderate"]>): Promise<Verdict[]> {
						const began = performance.now();
						try {
							const verdicts = await moderator.moderate(...args);
							countAll(verdicts, (performance.now() - began) / 1000);
							return verdicts;
						} catch (error) {
							if (!isSluiceError(error) || error.code !== "aborted")
								failures.inc({ reason: toCodeLabel(error), consequence: "error" });
							throw error;
						}
					},
				},
			}) as Moderator,
		usePolicies(ids) {
			for (const policy of known) {
				if (ids.includes(policy)) continue;
				risks.remove({ policy });
				for (const action of ACTIONS) actions.remove({ policy, action });
			}
			known = new Set(ids);
			for (const policy of ids) {
				risks.zero({ policy });
				for (const action of ACTIONS) actions.inc({ policy, action }, 0);
			}
		},
	};
}
