/** `sluice moderate`: one verdict on the command line, from an argument or from stdin. */
import { SluiceError } from "../errors.ts";
import type { Verdict } from "../types.ts";
import { EXIT } from "./context.ts";
import { addModelOptions, type SettingFlags } from "./options.ts";
import { readText } from "./read-text.ts";
import type { Register } from "./register.ts";
import { withModerator } from "./with-moderator.ts";

/** Adds the command. */
export const registerModerate: Register = (program, context, finish) => {
	const command = program
		.command("moderate")
		.description("judge one text: exit code 0 when it is allowed, 1 when it is flagged or blocked")
		.argument("[text]", "the text; read from stdin (UTF-8, one final line break dropped) when left out")
		.option("--json", "print the verdict as JSON");
	addModelOptions(command).action(async (text: string | undefined, options: SettingFlags & { json?: boolean }) => {
		const verdict = await withModerator(context, options, async (moderator) => {
			const input = text ?? (await readText(context, moderator.maxCharacters));
			if (input === "") throw new SluiceError("invalid_request", { detail: "the text is empty" });
			const [only] = await moderator.moderate([input]);
			return only!;
		});
		context.stdout(options.json ? `${JSON.stringify(verdict)}\n` : toLines(verdict));
		finish(verdict.action === "allow" ? EXIT.allowed : EXIT.acted);
	});
};

function toLines(verdict: Verdict): string {
	const width = Math.max(...verdict.policies.map((p) => p.policy.length));
	const rows = verdict.policies
		.toSorted((a, b) => (b.risk ?? 1) - (a.risk ?? 1))
		.map((p) => `  ${p.policy.padEnd(width)}  ${p.risk?.toFixed(3) ?? "    -"}  ${p.action}`);
	return `${verdict.action}\n${rows.join("\n")}\n`;
}
