/** Whole texts under the guard's options: what goes into a model, and answers that are complete when they come. */
import type { GuardReport } from "../events.ts";
import { guardStream } from "../guard-stream.ts";
import { type AdapterOptions, REPLACEMENT, toGuardOptions } from "./adapter-options.ts";
import type { PartText } from "./guard-parts.ts";

/** What may be shown of a text, and how its guard ended. */
export interface Judged {
	readonly text: string;
	readonly report: GuardReport;
}

/** Judges one text. Of one that is stopped, what comes before the stop is left, but nothing in `final`. */
export async function judgeText(options: AdapterOptions, { surface, text, isExact }: PartText): Promise<Judged> {
	const { mode, replacement = REPLACEMENT } = options;
	const source = async function* (): AsyncGenerator<string> {
		yield text;
	};
	const settings = { ...toGuardOptions(options, surface, isExact), mode: mode === "lag" ? "hold" : mode };
	let shown = "";
	let report: GuardReport | undefined;
	for await (const event of guardStream(source, settings)) {
		if (event.type === "text") shown += event.text;
		else if (event.type === "redaction") shown += replacement;
		else if (event.type === "end") report = event.report;
	}
	return { text: shown, report: report! };
}

/** The first of some texts that must not go into a model; a text from which words would be left out is one. */
export async function findBlocked(options: AdapterOptions, texts: readonly string[]): Promise<GuardReport | undefined> {
	for (const text of texts) {
		if (text === "") continue;
		const { report } = await judgeText({ ...options, mode: "final" }, { surface: "input", text, isExact: true });
		if (report.action === "block") return report;
	}
	return undefined;
}
