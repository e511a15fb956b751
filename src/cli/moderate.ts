/** `sluice moderate`: one verdict on the command line, from an argument or from stdin. */
import { SluiceError } from "../errors.ts";
import type { Verdict } from "../types.ts";
import { type CliContext, EXIT } from "./context.ts";
import { addModelOptions, type SettingFlags } from "./options.ts";
import type { Register } from "./register.ts";
import { withModerator } from "./with-moderator.ts";

/** Bytes UTF-8 needs at most for one UTF-16 code unit. */
const MOST_BYTES_PER_CHARACTER = 3;

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

async function readText({ stdin }: CliContext, maxCharacters: number): Promise<string> {
	if (stdin.isTTY) throw new SluiceError("invalid_request", { detail: "give a text, or pipe one in" });
	const decoder = new TextDecoder("utf-8", { fatal: true });
	let text = "";
	let bytes = 0;
	try {
		for await (const chunk of stdin) {
			bytes += chunk.byteLength;
			if (bytes > (maxCharacters + 2) * MOST_BYTES_PER_CHARACTER)
				throw new SluiceError("text_too_long", { detail: `the text is longer than ${maxCharacters} characters` });
			text += decoder.decode(chunk, { stream: true });
		}
		text += decoder.decode();
	} catch (error) {
		if (error instanceof SluiceError) throw error;
		throw new SluiceError("invalid_request", { detail: "the text on stdin is not valid UTF-8" });
	}
	return text.replace(/\r?\n$/, "");
}

function toLines(verdict: Verdict): string {
	const width = Math.max(...verdict.policies.map((p) => p.policy.length));
	const rows = verdict.policies
		.toSorted((a, b) => b.risk - a.risk)
		.map((p) => `  ${p.policy.padEnd(width)}  ${p.risk.toFixed(3)}  ${p.action}`);
	return `${verdict.action}\n${rows.join("\n")}\n`;
}
