/** How far a shadow agrees with the live policies: actions against actions and differences of risks, per policy. */
import type { AuditRecord } from "../audit/index.ts";
import { type Agreement, type AgreementCount, createAgreementCount } from "../evaluate/index.ts";
import type { ShadowMissedRecord, ShadowRecord, SideRecord } from "./shadow-record.ts";

/** One pair of policies and models that was compared. */
export interface AgreementReport {
	readonly live: SideRecord;
	readonly shadow: SideRecord;
	readonly since: string;
	readonly until: string;
	readonly verdicts: Agreement;
	readonly policies: Readonly<Record<string, Agreement>>;
	/** Policies that one side alone has. */
	readonly onlyLive: readonly string[];
	readonly onlyShadow: readonly string[];
	/** Texts that the shadow did not judge, up to the last text. */
	readonly missed: { readonly dropped: number; readonly failed: number };
}

class Pair {
	readonly #live: SideRecord;
	readonly #shadow: SideRecord;
	readonly #since: string;
	readonly #verdicts = createAgreementCount();
	readonly #policies = new Map<string, AgreementCount>();
	readonly #only = { live: new Set<string>(), shadow: new Set<string>() };
	readonly missed = { dropped: 0, failed: 0 };
	#until: string;

	constructor({ live, shadow, at }: ShadowRecord) {
		this.#live = { model: live.model, policies: live.policies };
		this.#shadow = { model: shadow.model, policies: shadow.policies };
		this.#since = at;
		this.#until = at;
	}

	add({ live, shadow, policies, at }: ShadowRecord): void {
		this.#until = at;
		this.#verdicts.add(live.action, shadow.action, undefined);
		for (const { policy, live: a, shadow: b } of policies) {
			if (a === null) this.#only.shadow.add(policy);
			if (b === null) this.#only.live.add(policy);
			if (a === null || b === null) continue;
			const tally = this.#policies.get(policy) ?? createAgreementCount();
			this.#policies.set(policy, tally);
			tally.add(a.action, b.action, a.risk === null || b.risk === null ? undefined : b.risk - a.risk);
		}
	}

	report(): AgreementReport {
		const policies = [...this.#policies].sort(([a], [b]) => (a < b ? -1 : 1));
		return {
			live: this.#live,
			shadow: this.#shadow,
			since: this.#since,
			until: this.#until,
			verdicts: this.#verdicts.result(),
			policies: Object.fromEntries(policies.map(([id, tally]) => [id, tally.result()])),
			onlyLive: [...this.#only.live].sort(),
			onlyShadow: [...this.#only.shadow].sort(),
			missed: this.missed,
		};
	}
}

/** One report per pair of sides, in the order in which they were last compared. Other records are passed over. */
export async function reportAgreement(records: AsyncIterable<AuditRecord>): Promise<AgreementReport[]> {
	const pairs = new Map<string, Pair>();
	let last: Pair | undefined;
	for await (const record of records) {
		if (record.kind === "shadow_missed" && last !== undefined) {
			const { dropped, failed } = record as ShadowMissedRecord;
			last.missed.dropped += dropped;
			last.missed.failed += failed;
		}
		if (record.kind !== "shadow") continue;
		const compared = record as ShadowRecord;
		const { live, shadow } = compared;
		const name = [live.model, live.policies, shadow.model, shadow.policies].join(" ");
		last = pairs.get(name) ?? new Pair(compared);
		pairs.delete(name); // the last one stands last
		pairs.set(name, last);
		last.add(compared);
	}
	return [...pairs.values()].map((pair) => pair.report());
}
