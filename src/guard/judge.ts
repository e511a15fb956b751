/**
 * Turns the risks of a prefix into what follows from them, by the thresholds of the moderator and the responses declared.
 * Remembers what has been flagged and what another scorer said, nothing of the text.
 */
import type { PrefixScore } from "../scorers/stream/index.ts";
import type { Action, Policy, Verdict } from "../types.ts";
import type { Finding, FlagEvent } from "./events.ts";
import type { FullResponse, Settings } from "./options.ts";

/** What follows from a prefix. */
export interface Judgement {
	readonly end: number;
	/** How near the text is to a block: the highest risk as a share of its policy's block threshold. */
	readonly level: number;
	readonly stop: Finding | undefined;
	readonly redact: Finding | undefined;
	readonly flags: readonly FlagEvent[];
	/** Policies that another scorer must be asked about before the rest counts. */
	readonly doubts: readonly Finding[];
}

/** See the header. */
export interface Judge {
	/** Judges the next prefix. One with doubts is judged again once they are answered. */
	judge(score: PrefixScore): Judgement;
	/** Whether a prefix on its own would be left out; remembers nothing. */
	leavesOut(score: PrefixScore): Finding | undefined;
	/** What another scorer said of the policies in doubt; what it blocks. */
	answer(doubts: readonly Finding[], verdict: Verdict): { readonly stop: Finding | undefined; readonly action: Action };
	/** Per policy that was flagged, where its risk was highest. */
	flags(): readonly Finding[];
}

/** What is known of a policy between prefixes. */
interface Memory {
	/** What the last prefix was flagged as. */
	flagged: Action;
	highest: Finding | undefined;
	asked: { readonly end: number; readonly action: Action } | undefined;
}

/** A judge of one stream. */
export function createJudge({ policies, responses, escalation }: Settings): Judge {
	const memories = new Map<string, Memory>(
		policies.map(({ id }) => [id, { flagged: "allow", highest: undefined, asked: undefined }]),
	);

	const flag = (memory: Memory, finding: Finding, action: "flag" | "block"): FlagEvent[] => {
		if (memory.highest === undefined || finding.risk > memory.highest.risk) memory.highest = finding;
		const isNew = memory.flagged === "allow" || (memory.flagged === "flag" && action === "block");
		memory.flagged = action;
		return isNew ? [{ type: "flag", ...finding, action }] : [];
	};
	/** What the other scorer said, while that holds. */
	const known = (memory: Memory, end: number): Action | undefined =>
		memory.asked !== undefined && end - memory.asked.end < escalation!.everyCharacters
			? memory.asked.action
			: undefined;

	return {
		judge({ end, risks }) {
			let level = 0;
			let stop: Finding | undefined;
			let redact: Finding | undefined;
			const flags: FlagEvent[] = [];
			const doubts: Finding[] = [];
			for (const [i, { id, thresholds }] of policies.entries()) {
				const risk = risks[id]!;
				const memory = memories.get(id)!;
				const action = toAction(risk, thresholds);
				const response = toResponse(risk, action, responses[i]!);
				const threshold = action === "block" ? thresholds.block : thresholds.flag;
				const finding: Finding = { policy: id, risk, threshold, end };
				const answer = response === "escalate" ? known(memory, end) : undefined;
				if (action === "allow") memory.flagged = "allow";
				if (response !== "escalate") memory.asked = undefined;
				if (response === "block") stop ??= finding;
				else if (response === "redact") redact ??= finding;
				else if (response === "escalate" && answer === undefined) doubts.push(finding);
				else if (response === "flag" || answer === "flag")
					flags.push(...flag(memory, finding, action === "block" ? "block" : "flag"));
				if (responses[i]!.onBlock !== "flag" && answer === undefined) level = Math.max(level, risk / thresholds.block);
			}
			return { end, level, stop, redact, flags, doubts };
		},
		leavesOut({ end, risks }) {
			const at = policies.findIndex(
				({ id, thresholds }, i) => responses[i]!.onBlock === "redact" && risks[id]! >= thresholds.block,
			);
			if (at < 0) return undefined;
			const { id, thresholds } = policies[at]!;
			return { policy: id, risk: risks[id]!, threshold: thresholds.block, end };
		},
		answer(doubts, verdict) {
			let stop: Finding | undefined;
			let worst: Action = "allow";
			for (const doubt of doubts) {
				const own = verdict.policies.find(({ policy }) => policy === doubt.policy);
				const action = own?.action ?? verdict.action;
				memories.get(doubt.policy)!.asked = { end: doubt.end, action };
				if (action === "block") {
					const threshold = own?.thresholds.block ?? doubt.threshold;
					stop ??= { ...doubt, risk: own?.risk ?? doubt.risk, threshold };
				}
				if (action === "block" || worst === "allow") worst = action;
			}
			return { stop, action: worst };
		},
		flags: () => [...memories.values()].flatMap(({ highest }) => (highest === undefined ? [] : [highest])),
	};
}

function toResponse(
	risk: number,
	action: Action,
	{ onBlock, onFlag, doubt }: FullResponse,
): FullResponse["onBlock"] | FullResponse["onFlag"] {
	if (doubt !== undefined && risk >= doubt.from && (risk < doubt.to || doubt.to === 1)) return "escalate";
	return action === "allow" ? "allow" : action === "block" ? onBlock : onFlag;
}

/** As the moderator has it. */
function toAction(risk: number, { flag, block }: Policy["thresholds"]): Action {
	return risk >= block ? "block" : risk >= flag ? "flag" : "allow";
}
