/** Records of guarded streams: one when a stream ends, whatever the end, saying what became of its text. */
import type { GuardOptions, GuardReport, StreamRecorder } from "../guard/index.ts";
import type { PrefixScore } from "../scorers/stream/index.ts";
import type { Action, Origin, Policy } from "../types.ts";
import { hashPolicy } from "./policy-records.ts";
import type { PolicyRecord, StreamRecord } from "./record.ts";
import type { DecisionTrail } from "./trail.ts";

/**
 * For the option `record` of a guard. A stream is refused with `audit_unavailable` where nothing may go out unrecorded and
 * records cannot be written; of one that is under way the record comes when its text has left.
 */
export function recordStreams(trail: DecisionTrail, origin: Origin): NonNullable<GuardOptions["record"]> {
	return (policies) => {
		trail.check();
		return createRecorder({ trail, origin, policies });
	};
}

interface RecorderParts {
	readonly trail: DecisionTrail;
	readonly origin: Origin;
	readonly policies: readonly Policy[];
}

function createRecorder({ trail, origin, policies }: RecorderParts): StreamRecorder {
	const began = performance.now();
	const description = trail.describePieces();
	const highest = new Map<string, number>();
	let last: PrefixScore["risks"] = {};
	let content = "";
	return {
		text(delta) {
			description.push(delta);
			if (trail.keepsContent) content += delta;
		},
		scored({ risks }) {
			last = risks;
			for (const [id, risk] of Object.entries(risks)) highest.set(id, Math.max(highest.get(id) ?? 0, risk));
		},
		ended(report) {
			// what is judged as a whole is decided by its last risks
			const risks = report.mode === "final" ? new Map(Object.entries(last)) : highest;
			const { surface, part, requestId: request, keyId: key, tenant } = origin;
			const score_only = origin.isScoreOnly ? (true as const) : undefined;
			const seen = [...risks.values()];
			const decision = {
				...{ surface, part, score_only, request, key, tenant, index: 0 },
				action: report.action,
				risk: seen.length === 0 ? null : Math.max(...seen),
				model: report.model,
				policies: toRecords(policies, risks),
				text: description.end(),
				content: trail.keepsContent ? { text: content } : undefined,
				stream: toStream(report),
				error: report.failure?.code,
				latency_ms: Math.round((performance.now() - began) * 1000) / 1000,
			};
			try {
				trail.decide(decision);
			} catch {
				// its text has left; that the record is missing is counted, and the next stream is refused
			}
		},
	};
}

function toRecords(policies: readonly Policy[], risks: ReadonlyMap<string, number>): PolicyRecord[] {
	return policies.map((policy) => {
		const { flag, block } = policy.thresholds;
		const risk = risks.get(policy.id) ?? null;
		const action: Action = risk === null || risk < flag ? "allow" : risk >= block ? "block" : "flag";
		const { scorer } = policy;
		return { policy: policy.id, hash: hashPolicy(policy), risk, flag, block, action, scorer: scorer.kind, stages: 1 };
	});
}

function toStream(report: GuardReport): StreamRecord {
	return {
		mode: report.mode,
		reason: report.reason,
		judged_characters: report.judgedCharacters,
		released_characters: report.releasedCharacters,
		leaked_characters: report.leakedCharacters,
		redacted_characters: report.redactedCharacters,
		escalations: report.escalations,
		rewinds: report.rewinds?.length,
	};
}
