/**
 * Texts of the past under two sets of policies: which decisions would be others. Nothing in the report depends on time or
 * chance, so that two runs over the same file on the same model agree bit for bit.
 */
import { hashPolicy } from "../audit/index.ts";
import { isSluiceError } from "../errors.ts";
import { type Agreement, type AgreementCount, createAgreementCount } from "../evaluate/index.ts";
import type { Moderator } from "../moderator.ts";
import type { Action, PolicyVerdict, Verdict } from "../types.ts";
import type { ChangedPolicy, PolicyChange, SetOpinion } from "./policy-change.ts";
import { parseReplayLine, type ReplayRow } from "./replay-row.ts";

/** Rows in one call. */
const BATCH_ROWS = 64;
/** Failures that belong to one text; every other failure ends the replay. */
const ROW_FAILURES: readonly string[] = ["text_too_long", "invalid_request", "unsupported_input"];

/** What a policy says; null where it is not in the set. */
export interface ReplayOpinion {
	readonly risk: number | null;
	readonly action: Action;
}

/** A row whose decision would be another one. */
export interface ReplayChange {
	readonly line: number;
	readonly id: string | number | null;
	readonly before: Action;
	readonly after: Action;
	/** Those with another action, and those that one set alone has where they flag or block. */
	readonly policies: readonly {
		readonly policy: string;
		readonly before: ReplayOpinion | null;
		readonly after: ReplayOpinion | null;
	}[];
}

/** A recorded risk that came out differently under the same policy and model. */
export interface ReplayDeviation {
	readonly line: number;
	readonly policy: string;
	readonly recorded: number | null;
	readonly risk: number | null;
}

/** See the header. */
export interface ReplayReport {
	/** Content hash of the model. */
	readonly model: string | null;
	readonly policies: readonly ChangedPolicy[];
	readonly rows: number;
	/** Lines that are nothing to be replayed, and rows that could not be judged, by why. */
	readonly skipped: Readonly<Record<string, number>>;
	readonly failed: Readonly<Record<string, number>>;
	readonly verdicts: Agreement;
	/** Of policies that both sets have. */
	readonly byPolicy: Readonly<Record<string, Agreement>>;
	readonly changes: readonly ReplayChange[];
	/** Recorded risks under a policy and a model of the same hashes. */
	readonly reproduced: {
		readonly compared: number;
		readonly equal: number;
		readonly deviations: readonly ReplayDeviation[];
	};
}

/** What a replay runs on. */
export interface ReplayParts {
	/** Over the union of the change. */
	readonly moderator: Pick<Moderator, "moderate">;
	readonly change: PolicyChange;
	readonly onProgress?: ((rows: number) => void) | undefined;
}

/** Judges every line. A failure of the moderator itself is thrown. */
export async function replay(
	lines: AsyncIterable<string> | Iterable<string>,
	parts: ReplayParts,
): Promise<ReplayReport> {
	const run = new Replay(parts);
	let batch: ReplayRow[] = [];
	let number = 0;
	const flush = async (): Promise<void> => {
		await run.judge(batch);
		batch = [];
		parts.onProgress?.(run.rows);
	};
	for await (const line of lines) {
		number++;
		if (line.trim() === "") continue;
		const parsed = parseReplayLine(line, number);
		if ("row" in parsed) batch.push(parsed.row);
		else run.leaveOut(parsed);
		if (batch.length === BATCH_ROWS) await flush();
	}
	await flush();
	return run.report();
}

class Replay {
	readonly #parts: ReplayParts;
	readonly #skipped: Record<string, number> = {};
	readonly #failed: Record<string, number> = {};
	readonly #verdicts = createAgreementCount();
	readonly #byPolicy = new Map<string, AgreementCount>();
	readonly #changes: ReplayChange[] = [];
	readonly #deviations: ReplayDeviation[] = [];
	readonly #hashes: ReadonlyMap<string, string>;
	#compared = 0;
	#model: string | null = null;
	rows = 0;

	constructor(parts: ReplayParts) {
		this.#parts = parts;
		this.#hashes = new Map(parts.change.union.map((policy) => [policy.id, hashPolicy(policy)]));
	}

	leaveOut(of: { readonly skipped: string } | { readonly failed: string }): void {
		if ("skipped" in of) count(this.#skipped, of.skipped);
		else count(this.#failed, of.failed);
	}

	/** A call fails as a whole, so one refused text makes each of its rows go alone. */
	async judge(rows: readonly ReplayRow[]): Promise<void> {
		if (rows.length === 0) return;
		let verdicts: Verdict[];
		try {
			verdicts = await this.#parts.moderator.moderate(rows.map(({ content }) => content));
		} catch (error) {
			if (!isSluiceError(error) || !ROW_FAILURES.includes(error.code)) throw error;
			if (rows.length === 1) count(this.#failed, error.code);
			else for (const row of rows) await this.judge([row]);
			return;
		}
		for (const [index, row] of rows.entries()) this.#take(row, verdicts[index]!);
	}

	report(): ReplayReport {
		const byPolicy = [...this.#byPolicy].sort(([a], [b]) => (a < b ? -1 : 1));
		const compared = this.#compared;
		return {
			model: this.#model,
			policies: this.#parts.change.changed,
			rows: this.rows,
			skipped: this.#skipped,
			failed: this.#failed,
			verdicts: this.#verdicts.result(),
			byPolicy: Object.fromEntries(byPolicy.map(([id, agreement]) => [id, agreement.result()])),
			changes: this.#changes,
			reproduced: { compared, equal: compared - this.#deviations.length, deviations: this.#deviations },
		};
	}

	#take(row: ReplayRow, verdict: Verdict): void {
		this.rows++;
		this.#model = verdict.model.hash;
		const { before, after } = this.#parts.change.split(verdict.policies);
		this.#verdicts.add(before.action, after.action, undefined);
		for (const [id, a] of before.policies) this.#compare(id, a, after.policies.get(id));
		this.#noteChange(row, before, after);
		this.#reproduce(row, verdict.model.hash, before);
	}

	#compare(id: string, a: PolicyVerdict, b: PolicyVerdict | undefined): void {
		if (b === undefined) return;
		const agreement = this.#byPolicy.get(id) ?? createAgreementCount();
		this.#byPolicy.set(id, agreement);
		agreement.add(a.action, b.action, a.risk === null || b.risk === null ? undefined : b.risk - a.risk);
	}

	#noteChange({ line, id }: ReplayRow, before: SetOpinion, after: SetOpinion): void {
		const policies = this.#parts.change.ids.flatMap((policy) => {
			const [a, b] = [before.policies.get(policy), after.policies.get(policy)];
			if ((a?.action ?? "allow") === (b?.action ?? "allow")) return [];
			return [{ policy, before: toOpinion(a), after: toOpinion(b) }];
		});
		if (policies.length > 0)
			this.#changes.push({ line, id: id ?? null, before: before.action, after: after.action, policies });
	}

	#reproduce({ line, recorded }: ReplayRow, model: string, before: SetOpinion): void {
		if (recorded?.model?.hash !== model) return;
		for (const { policy, hash, risk: then } of recorded.policies) {
			const now = before.policies.get(policy);
			if (now === undefined || hash === null || this.#hashes.get(policy) !== hash) continue;
			this.#compared++;
			if (now.risk !== then) this.#deviations.push({ line, policy, recorded: then, risk: now.risk });
		}
	}
}

function toOpinion(verdict: PolicyVerdict | undefined): ReplayOpinion | null {
	return verdict === undefined ? null : { risk: verdict.risk, action: verdict.action };
}

function count(counts: Record<string, number>, name: string): void {
	counts[name] = (counts[name] ?? 0) + 1;
}
