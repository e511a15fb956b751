/**
 * What a moderator does: how long, how many texts at once, risks and actions per policy, failures by what follows from them.
 * Policies are those in force; the series of others go when they do.
 */
import type { Registry } from "prom-client";
import { isSluiceError } from "../errors.ts";
import type { Moderator } from "../moderator.ts";
import { ACTIONS, type Action, type PolicyVerdict, type Verdict } from "../types.ts";
import { toCodeLabel } from "./bounded.ts";
import { type CounterSeries, createCounters, createHistograms, type HistogramSeries } from "./series.ts";

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

/** What is counted of a policy. */
interface PolicySeries {
	readonly risks: HistogramSeries;
	readonly actions: Readonly<Record<Action, CounterSeries>>;
}

/** Registers what verdicts are counted by. */
export function createJudgingMetrics(registry: Registry): JudgingMetrics {
	const duration = createHistograms({
		name: "sluice_judge_duration_seconds",
		help: "Time of a call from its texts to their verdicts, waiting included",
		bounds: SECONDS,
		registry,
	}).of({});
	const texts = createHistograms({ name: "sluice_judge_texts", help: "Texts of a call", bounds: TEXTS, registry }).of(
		{},
	);
	const risks = createHistograms({ name: "sluice_risk", help: "Risks by policy", bounds: RISKS, registry });
	const actions = createCounters({
		name: "sluice_actions_total",
		help: "What policies said of texts",
		labelNames: ["policy", "action"],
		registry,
	});
	const failures = createCounters({
		name: "sluice_failures_total",
		help: "Texts or calls without a score, by reason and by what followed: an error, or the action that a policy declares",
		labelNames: ["reason", "consequence"],
		registry,
	});
	const known = new Map<string, PolicySeries>();

	const count = ({ policy, risk, action, decision }: PolicyVerdict): void => {
		if (decision.instead !== undefined)
			failures.of({ reason: decision.instead.reason, consequence: decision.instead.action }).more++;
		const series = known.get(policy);
		if (series === undefined) return; // of a set that has just been replaced
		if (risk !== null) series.risks.observe(risk);
		series.actions[action].more++;
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
								failures.of({ reason: toCodeLabel(error), consequence: "error" }).more++;
							throw error;
						}
					},
				},
			}) as Moderator,
		usePolicies(ids) {
			for (const policy of known.keys()) {
				if (ids.includes(policy)) continue;
				known.delete(policy);
				risks.remove({ policy });
				for (const action of ACTIONS) actions.remove({ policy, action });
			}
			const seriesOf = (policy: string, action: Action): CounterSeries => actions.of({ policy, action });
			for (const policy of ids) {
				const [allow, flag, block] = [seriesOf(policy, "allow"), seriesOf(policy, "flag"), seriesOf(policy, "block")];
				known.set(policy, { risks: risks.of({ policy }), actions: { allow, flag, block } });
			}
		},
	};
}
