/**
 * Cheap scorers first, expensive ones for what they leave in doubt (policies with scorer.kind "cascade"); other policies pass
 * through. What the request cannot pay for, or pays for in vain because its time ends, gets the consequence the policy
 * declares; a second scorer that fails fails the call, or gives what its own spec declares, never the first scorer's risk.
 */
import { isSluiceError, SluiceError } from "../errors.ts";
import { type CallOptions, type Content, contentLength, type Policy, type Score } from "../types.ts";
import { type CascadePlan, type Stage, toCascadePlan } from "./cascade-plan.ts";
import { chooseEscalations, type Doubt, isDoubtful, type Lack } from "./escalation.ts";
import { labelOf } from "./members.ts";
import { checkCount, createScoreDraft, decisionOf, type ScoreDraft, takePolicy } from "./merge-scores.ts";
import { createPace, type Pace } from "./pace.ts";
import { beforeDeadlineMs } from "./reserve.ts";
import type { ScoreOptions, Scorer } from "./scorer.ts";
import { together } from "./yes-no/calls.ts";

/** @param clock gives the time in ms that deadlines are measured in; default `performance.now`. */
export function createCascadeScorer(leaves: Scorer, clock: () => number = () => performance.now()): Scorer {
	const pace = createPace();
	const plans = new WeakMap<readonly Policy[], CascadePlan>();
	const planOf = (policies: readonly Policy[]): CascadePlan => {
		const known = plans.get(policies);
		if (known !== undefined) return known;
		const plan = toCascadePlan(policies);
		plans.set(policies, plan);
		return plan;
	};
	return {
		model: leaves.model,
		maxCharacters: leaves.maxCharacters,
		streams: leaves.streams,
		check(policy) {
			const { scorer } = policy;
			if (scorer.kind !== "cascade") return leaves.check(policy);
			for (const stage of ["first", "second"] as const) checkStage(leaves, policy, stage, scorer[stage]);
		},
		async score(contents, policies, options = {}) {
			const plan = planOf(policies);
			if (plan.stages.length === 0) return leaves.score(contents, policies, options);
			const run = { leaves, clock, pace, contents, plan };
			const tasks = [(call: CallOptions) => scoreInStages(run, { ...call, budget: options.budget })];
			if (plan.beside.length > 0) tasks.push((call) => scoreBeside(run, call));
			const [drafts, beside] = await together<ScoreDraft[]>(options, tasks);
			for (const [i, draft] of drafts!.entries())
				for (const { id } of plan.beside) takePolicy(draft, id, beside![i]!, beside![i]!.decisions[id]!);
			return drafts!;
		},
		load: () => leaves.load(),
		close: () => leaves.close(),
	};
}

interface Run {
	readonly leaves: Scorer;
	clock(): number;
	readonly pace: Pace;
	readonly contents: readonly Content[];
	readonly plan: CascadePlan;
}

/** A text under a policy that is in doubt, and what comes of it. */
interface Doubtful extends Doubt {
	readonly stage: Stage;
}

async function scoreBeside({ leaves, clock, contents, plan }: Run, call: CallOptions): Promise<ScoreDraft[]> {
	const began = clock();
	const scores = checkCount(await leaves.score(contents, plan.beside, call), contents.length);
	return scores.map((score) => draftOf(score, plan.beside, { labels: plan.labels, ms: clock() - began }));
}

async function scoreInStages(run: Run, options: ScoreOptions): Promise<ScoreDraft[]> {
	const { leaves, clock, pace, contents, plan } = run;
	const { budget = {}, ...call } = options;
	const began = clock();
	const firsts = checkCount(await leaves.score(contents, plan.opening, call), contents.length);
	const now = clock();
	const drafts = firsts.map((score) => draftOf(score, plan.opening, { labels: plan.labels, ms: now - began }));
	const doubts = firsts.flatMap((score, text) => findDoubts(run, score, text));
	const leftMs = call.deadlineMs === undefined ? undefined : beforeDeadlineMs(call.deadlineMs - now);
	const lacks = chooseEscalations(doubts, { budget, leftMs, expectMs: pace.expectMs });
	for (const [i, { stage, text }] of doubts.entries())
		if (lacks[i]) applyLack(drafts[text]!, stage, { lacked: lacks[i], asked: 0 });
	for (const member of new Set(doubts.filter((_, i) => lacks[i] === "time").map((doubt) => doubt.member)))
		pace.ease(member);
	const escalated = doubts.filter((_, i) => lacks[i] === undefined);
	if (escalated.length === 0) return drafts;
	const byMember = [...Map.groupBy(escalated, ({ member }) => member).values()];
	await together(
		call,
		byMember.map((group) => (limits) => askSecond(run, { group, drafts }, limits)),
	);
	return drafts;
}

function findDoubts({ plan, contents }: Run, score: Score, text: number): Doubtful[] {
	return plan.stages.flatMap((stage) => {
		const risk = score.risks[stage.id];
		if (risk === undefined || !isDoubtful(risk, stage.spec.band)) return [];
		const distance = Math.abs(risk - stage.turningPoint);
		const work = stage.ruleCharacters + contentLength(contents[text]!);
		return [{ text, stage, distance, work, member: stage.member, offline: stage.offline }];
	});
}

/** The consequence the policy declares for a doubtful text that lacked something; `asked` second scorers tried in vain. */
function applyLack(draft: ScoreDraft, { id, spec }: Stage, { lacked, asked }: { lacked: Lack; asked: number }): void {
	const before = draft.decisions[id]!;
	const decision = { ...before, stages: before.stages + asked };
	if (spec.exhausted === "first") {
		draft.decisions[id] = { ...decision, lacked };
		return;
	}
	delete draft.risks[id];
	draft.spans[id] = [];
	const instead = { action: spec.exhausted, reason: "exhausted" } as const;
	draft.decisions[id] = { ...decision, scorer: "cascade", lacked, instead };
}

/**
 * One scorer's doubtful texts, those with the same policies in one call. What has no answer shortly before the deadline
 * lacked time, unless the scorer's spec answers for that; either way the scorer is known to be as slow as that from then on.
 */
async function askSecond(
	run: Run,
	{ group, drafts }: { group: readonly Doubtful[]; drafts: readonly ScoreDraft[] },
	call: CallOptions,
): Promise<void> {
	const { clock, pace } = run;
	const began = clock();
	const { member, answersForTime } = group[0]!.stage;
	const record = (): void => {
		const work = group.reduce((sum, doubt) => sum + doubt.work, 0);
		pace.record(member, work, clock() - began);
	};
	const deadlineMs =
		call.deadlineMs === undefined || answersForTime
			? call.deadlineMs
			: began + beforeDeadlineMs(call.deadlineMs - began);
	const waiting = new Set(group);
	try {
		await askByPolicies(run, { waiting, drafts, began }, { ...call, deadlineMs });
		record();
	} catch (error) {
		if (!isSluiceError(error) || error.code !== "deadline_exceeded") throw error;
		record();
		if (answersForTime) throw error;
		for (const { text, stage } of waiting) applyLack(drafts[text]!, stage, { lacked: "time", asked: 1 });
	}
}

/** Takes each answer as it comes; what has one waits no more. */
async function askByPolicies(
	{ leaves, clock, contents }: Run,
	{ waiting, drafts, began }: { waiting: Set<Doubtful>; drafts: readonly ScoreDraft[]; began: number },
	call: CallOptions,
): Promise<void> {
	const byText = Map.groupBy(waiting, ({ text }) => text);
	const calls = Map.groupBy(byText.entries(), ([, doubts]) => doubts.map(({ stage }) => stage.id).join());
	await together(
		call,
		[...calls.values()].map((texts) => async (limits) => {
			const stages = texts[0]![1].map(({ stage }) => stage);
			const asked = texts.map(([text]) => contents[text]!);
			const policies = stages.map(({ second }) => second);
			const scores = checkCount(await leaves.score(asked, policies, limits), asked.length);
			const ms = clock() - began;
			for (const [i, [text, doubts]] of texts.entries())
				for (const doubt of doubts) {
					takeSecond(drafts[text]!, doubt.stage, { score: scores[i]!, ms });
					waiting.delete(doubt);
				}
		}),
	);
}

function takeSecond(draft: ScoreDraft, { id, spec }: Stage, { score, ms }: { score: Score; ms: number }): void {
	const before = draft.decisions[id]!.stages;
	const decision = decisionOf(score, id, { scorer: labelOf(spec.second), ms });
	delete draft.risks[id];
	takePolicy(draft, id, score, { ...decision, stages: before + decision.stages });
}

function draftOf(
	score: Score,
	policies: readonly Policy[],
	{ labels, ms }: { labels: ReadonlyMap<string, string>; ms: number },
): ScoreDraft {
	const draft = createScoreDraft();
	for (const { id } of policies) takePolicy(draft, id, score, decisionOf(score, id, { scorer: labels.get(id)!, ms }));
	return draft;
}

function checkStage(leaves: Scorer, policy: Policy, stage: "first" | "second", scorer: Policy["scorer"]): void {
	try {
		leaves.check({ ...policy, scorer });
	} catch (error) {
		if (!isSluiceError(error) || !error.pointer?.startsWith("/scorer")) throw error;
		const pointer = error.pointer.replace(/^\/scorer/, `/scorer/${stage}`);
		throw new SluiceError(error.code, { detail: error.detail, pointer, cause: error });
	}
}
