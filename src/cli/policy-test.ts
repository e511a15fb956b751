/** `sluice policy test`: judges every policy's own examples; one that comes out wrong fails the command. */
import type { Moderator } from "../moderator.ts";
import type { Action, Policy } from "../types.ts";
import { EXIT } from "./context.ts";
import { addModelOptions, type SettingFlags } from "./options.ts";
import type { Register } from "./register.ts";
import { align } from "./table.ts";
import { withModerator } from "./with-moderator.ts";

/** How an example came out; its number counts from 1. */
interface Outcome {
	readonly policy: string;
	readonly example: number;
	readonly violates: boolean;
	/** Null where there is no risk and a declared action stands in for it. */
	readonly risk: number | null;
	readonly action: Action;
	readonly isRight: boolean;
}

/** Adds the command. */
export const registerPolicyTest: Register = (policy, context, finish) => {
	const command = policy
		.command("test")
		.description("judge every policy's examples: exit code 1 when one comes out wrong")
		.option("--json", "print an object per example");
	addModelOptions(command).action(async (options: SettingFlags & { readonly json?: boolean }) => {
		const outcomes = await withModerator(context, options, judgeExamples);
		const wrong = outcomes.filter(({ isRight }) => !isRight);
		context.stdout(
			options.json ? `${outcomes.map((outcome) => JSON.stringify(outcome)).join("\n")}\n` : toLines(outcomes),
		);
		if (wrong.length > 0) finish(EXIT.acted);
	});
};

/** An example that violates has to be flagged or blocked by a score; no declared action counts as right. */
async function judgeExamples(moderator: Moderator): Promise<Outcome[]> {
	const outcomes: Outcome[] = [];
	for (const policy of moderator.policies) outcomes.push(...(await judgePolicy(moderator, policy)));
	return outcomes;
}

async function judgePolicy(moderator: Moderator, { id, examples }: Policy): Promise<Outcome[]> {
	const verdicts = await moderator.moderate(examples.map(({ text }) => text));
	return examples.map(({ violates }, i) => {
		const { risk, action } = verdicts[i]!.policies.find(({ policy }) => policy === id)!;
		const isRight = risk !== null && violates === (action !== "allow");
		return { policy: id, example: i + 1, violates, risk, action, isRight };
	});
}

function toLines(outcomes: readonly Outcome[]): string {
	const wrong = outcomes.filter(({ isRight }) => !isRight);
	const rows = wrong.map(({ policy, example, violates, risk, action }) => [
		`${policy}, example ${example}`,
		violates ? "violates" : "harmless",
		risk?.toFixed(3) ?? "no score",
		action,
	]);
	const table = rows.length === 0 ? [] : [...align([["wrong", "meant", "risk", "action"], ...rows]), ""];
	return `${[...table, `${outcomes.length} examples, ${wrong.length} wrong`].join("\n")}\n`;
}
