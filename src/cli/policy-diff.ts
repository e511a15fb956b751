/**
 * `sluice policy diff`: what differs between two directories of policies, field by field; with texts, which of them would be
 * judged differently. Texts are named by their line, never printed.
 */
import { isDeepStrictEqual } from "node:util";
import { SluiceError } from "../errors.ts";
import { readPolicySet } from "../policies/index.ts";
import type { Action, Policy } from "../types.ts";
import { EXIT } from "./context.ts";
import { addModelOptions, type SettingFlags } from "./options.ts";
import { readTexts } from "./policy-texts.ts";
import type { Register } from "./register.ts";
import { align } from "./table.ts";
import { withModerator } from "./with-moderator.ts";

const AT_ONCE = 64;

interface DiffOptions extends SettingFlags {
	readonly data?: string;
	readonly json?: boolean;
}

/** A field that differs; undefined on the side that does not have it, or whose policy is not there. */
interface FieldChange {
	readonly policy: string;
	readonly field: string;
	readonly before: unknown;
	readonly after: unknown;
}

/** A text that a policy says something else of. */
interface TextChange {
	readonly line: number;
	readonly policy: string;
	readonly before: Judged | undefined;
	readonly after: Judged | undefined;
}

interface Judged {
	readonly action: Action;
	readonly risk: number | null;
}

/** Adds the command. */
export const registerPolicyDiff: Register = (policy, context, finish) => {
	const command = policy
		.command("diff")
		.description("compare two directories of policies: exit code 1 when they differ")
		.argument("<before>", "directory of policy files")
		.argument("<after>", "directory of policy files")
		.option("--data <file>", "also say which of these texts come out differently: .jsonl rows with text, or .txt lines")
		.option("--json", "print an object per difference");
	addModelOptions(command).action(async (before: string, after: string, options: DiffOptions) => {
		if (options.policies !== undefined)
			throw new SluiceError("invalid_request", { detail: "the two directories are named without --policies" });
		const [old, now] = await Promise.all([before, after].map(async (dir) => (await readPolicySet(dir)).policies));
		const fields = compareFields(old!, now!);
		const texts = options.data === undefined ? undefined : await readTexts(options.data);
		const judge = (policies: string): Promise<Map<string, Judged>[]> =>
			withModerator(context, { ...options, policies }, async (moderator) => {
				const all: Map<string, Judged>[] = [];
				for (let i = 0; i < texts!.length; i += AT_ONCE)
					for (const { policies: said } of await moderator.moderate(texts!.slice(i, i + AT_ONCE)))
						all.push(new Map(said.map(({ policy: id, action, risk }) => [id, { action, risk }])));
				return all;
			});
		const changes = texts === undefined ? [] : compareTexts(await judge(before), await judge(after));
		const lines = options.json
			? [...fields, ...changes].map((change) => JSON.stringify(change))
			: [...toFieldLines(fields), ...toTextLines(changes, texts?.length)];
		for (const line of lines) context.stdout(`${line}\n`);
		if (fields.length + changes.length > 0) finish(EXIT.acted);
	});
};

/** Every field of every policy that differs; a policy that is new or gone is one difference. */
export function compareFields(before: readonly Policy[], after: readonly Policy[]): FieldChange[] {
	const old = new Map(before.map((policy) => [policy.id, policy]));
	const now = new Map(after.map((policy) => [policy.id, policy]));
	return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((id) => {
		const [a, b] = [old.get(id), now.get(id)];
		if (a === undefined) return [{ policy: id, field: "", before: undefined, after: "added" }];
		if (b === undefined) return [{ policy: id, field: "", before: "removed", after: undefined }];
		return compareValues(a, b, "").map((change) => ({ policy: id, ...change }));
	});
}

function compareValues(before: unknown, after: unknown, field: string): Omit<FieldChange, "policy">[] {
	if (isDeepStrictEqual(before, after)) return [];
	if (!isRecord(before) || !isRecord(after)) return [{ field, before, after }];
	const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
	return keys.flatMap((key) => compareValues(before[key], after[key], field === "" ? key : `${field}.${key}`));
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function compareTexts(before: readonly Map<string, Judged>[], after: readonly Map<string, Judged>[]): TextChange[] {
	return before.flatMap((old, i) => {
		const now = after[i]!;
		return [...new Set([...old.keys(), ...now.keys()])].flatMap((policy) => {
			const change = { line: i + 1, policy, before: old.get(policy), after: now.get(policy) };
			const isSame = (change.before?.action ?? "allow") === (change.after?.action ?? "allow");
			return isSame ? [] : [change];
		});
	});
}

function toFieldLines(changes: readonly FieldChange[]): string[] {
	return changes.map(({ policy, field, before, after }) =>
		field === "" ? `${policy}: ${after ?? before}` : `${policy}: ${field}: ${toShort(before)} -> ${toShort(after)}`,
	);
}

/** Numbers whole, long texts and lists by their begin. */
function toShort(value: unknown): string {
	if (value === undefined) return "none";
	const text = JSON.stringify(value);
	return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}

function toTextLines(changes: readonly TextChange[], texts: number | undefined): string[] {
	if (texts === undefined) return [];
	const say = (judged: Judged | undefined): string =>
		judged === undefined ? "-" : `${judged.action} ${judged.risk?.toFixed(3) ?? "no score"}`;
	const rows = changes.map((change) => [`line ${change.line}`, change.policy, say(change.before), say(change.after)]);
	const table = rows.length === 0 ? [] : ["", ...align([["text", "policy", "before", "after"], ...rows])];
	const lines = new Set(changes.map(({ line }) => line)).size;
	return [...table, "", `${lines} of ${texts} texts come out differently`];
}
