/**
 * Gathers judged rows and turns them into a report. Holds numbers only, never texts: some 20 bytes per row and label.
 */
import type { Verdict } from "../types.ts";
import { type Decisions, decide, type Ranking, rank } from "./ranking.ts";
import type { EvalRow } from "./row.ts";

/** Figures of one label: rows where it is known, how many of them are positive, ranking, and decisions at the shipped flag threshold. */
export interface LabelReport extends Ranking, Decisions {
	readonly n: number;
	readonly positives: number;
}

/** What one functional test of a suite such as HateCheck gives. */
export interface FunctionalityReport {
	readonly n: number;
	/** Share decided right at the shipped flag threshold. */
	readonly accuracy: number;
	readonly meanRisk: number;
}

/** The result of an evaluation. */
export interface EvalReport {
	/** Rows read, failed ones included. */
	readonly rows: number;
	/** Rows without a verdict, by error code; they count in no figure. */
	readonly failed: number;
	readonly failures: Readonly<Record<string, number>>;
	readonly labels: Readonly<Record<string, LabelReport>>;
	/** Labels of the data that no policy measures. */
	readonly unmeasured: readonly string[];
	/** Rows per label whose policy gave an action in place of a risk; they count in none of the label's figures. */
	readonly unscored?: Readonly<Record<string, number>>;
	readonly byLang?: Readonly<Record<string, { rows: number; labels: Readonly<Record<string, LabelReport>> }>>;
	readonly byFunctionality?: Readonly<Record<string, FunctionalityReport>>;
}

/** Takes in rows one by one. */
export interface Report {
	add(row: EvalRow, verdict: Verdict): void;
	fail(code: string): void;
	result(): EvalReport;
}

interface Judged {
	readonly label: string;
	readonly truth: number;
	readonly risk: number;
	readonly decided: number;
}
interface Column {
	readonly risks: number[];
	readonly truth: number[];
	readonly decided: number[];
}
interface Group {
	rows: number;
	readonly columns: Map<string, Column>;
}
interface Tally {
	n: number;
	right: number;
	risk: number;
}

interface Tables {
	readonly all: Group;
	readonly langs: Map<string, Group>;
	readonly functionalities: Map<string, Tally>;
	readonly failures: Map<string, number>;
	readonly unmeasured: Set<string>;
	readonly unscored: Map<string, number>;
}

/** An empty report. */
export function createReport(): Report {
	const tables: Tables = {
		all: createGroup(),
		langs: new Map(),
		functionalities: new Map(),
		failures: new Map(),
		unmeasured: new Set(),
		unscored: new Map(),
	};
	return {
		add: (row, verdict) => addRow(tables, row, verdict),
		fail: (code) => void tables.failures.set(code, (tables.failures.get(code) ?? 0) + 1),
		result: () => toReport(tables),
	};
}

function createGroup(): Group {
	return { rows: 0, columns: new Map() };
}

function addRow(tables: Tables, row: EvalRow, verdict: Verdict): void {
	const groups = [tables.all];
	if (row.lang !== undefined) groups.push(entry(tables.langs, row.lang, createGroup));
	for (const group of groups) group.rows++;
	const judged: Judged[] = [];
	for (const [label, truth] of row.labels) {
		const measured = measure(label, verdict);
		if (measured === undefined) tables.unmeasured.add(label);
		else if (measured.risk === null) tables.unscored.set(label, (tables.unscored.get(label) ?? 0) + 1);
		else judged.push({ label, truth, risk: measured.risk, decided: measured.decided });
	}
	for (const { label, truth, risk, decided } of judged)
		for (const group of groups) {
			const column = entry(group.columns, label, () => ({ risks: [], truth: [], decided: [] }));
			column.risks.push(risk);
			column.truth.push(truth);
			column.decided.push(decided);
		}
	const main = judged.find((j) => j.label === "any") ?? judged[0];
	if (row.functionality === undefined || main === undefined) return;
	const tally = entry(tables.functionalities, row.functionality, () => ({ n: 0, right: 0, risk: 0 }));
	tally.n++;
	tally.right += main.decided === main.truth ? 1 : 0;
	tally.risk += main.risk;
}

function toReport({ all, langs, functionalities, failures, unmeasured, unscored }: Tables): EvalReport {
	const failed = [...failures.values()].reduce((a, b) => a + b, 0);
	const byLang = sorted(langs, (group) => ({ rows: group.rows, labels: sorted(group.columns, toLabelReport) }));
	const byFunctionality = sorted(functionalities, ({ n, right, risk }) => ({
		n,
		accuracy: right / n,
		meanRisk: risk / n,
	}));
	return {
		rows: all.rows + failed,
		failed,
		failures: sorted(failures, (n) => n),
		labels: sorted(all.columns, toLabelReport),
		unmeasured: [...unmeasured].sort(),
		...(unscored.size > 0 ? { unscored: sorted(unscored, (n) => n) } : {}),
		...(langs.size > 0 ? { byLang } : {}),
		...(functionalities.size > 0 ? { byFunctionality } : {}),
	};
}

/**
 * What a verdict says of a label: the policy of that id (`self_harm` is policy `self-harm`); without a policy `any`, any harm is the
 * verdict's own risk and action.
 */
function measure(label: string, verdict: Verdict): { risk: number | null; decided: number } | undefined {
	const id = label.replaceAll("_", "-");
	const found = verdict.policies.find((p) => p.policy === id) ?? (id === "any" ? verdict : undefined);
	return found && { risk: found.risk, decided: found.action === "allow" ? 0 : 1 };
}

function toLabelReport({ risks, truth, decided }: Column): LabelReport {
	const positives = truth.reduce((a, b) => a + b, 0);
	return { n: truth.length, positives, ...rank({ risks, truth }), ...decide(decided, truth) };
}

function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
	let value = map.get(key);
	if (value === undefined) {
		value = make();
		map.set(key, value);
	}
	return value;
}

/** A map as an object in a stable order, "any" first. */
function sorted<V, R>(map: ReadonlyMap<string, V>, to: (value: V) => R): Record<string, R> {
	const keys = [...map.keys()].sort((a, b) => Number(b === "any") - Number(a === "any") || (a < b ? -1 : 1));
	return Object.fromEntries(keys.map((key) => [key, to(map.get(key)!)]));
}
