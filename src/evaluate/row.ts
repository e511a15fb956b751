/**
 * A line of an evaluation file: `{ text, labels: { any?: 0|1, hate?: 0|1, … }, lang?, meta? }`. A missing or null label is unknown.
 */
import { z } from "zod";
import { SluiceError } from "../errors.ts";

/** One labelled text. */
export interface EvalRow {
	readonly text: string;
	/** Known labels only. */
	readonly labels: ReadonlyMap<string, 0 | 1>;
	readonly lang: string | undefined;
	/** What the text tests, from `meta.functionality` or `meta.fn`. */
	readonly functionality: string | undefined;
}

const RowSchema = z.object({
	text: z.string().refine((text) => text !== ""),
	labels: z.record(z.string(), z.union([z.literal(0), z.literal(1), z.null()])),
	lang: z.string().nullish(),
	meta: z.record(z.string(), z.unknown()).nullish(),
});

/** Parses a line; throws `invalid_json`, or `invalid_request` naming the field. */
export function parseEvalRow(line: string): EvalRow {
	let data: unknown;
	try {
		data = JSON.parse(line);
	} catch {
		throw new SluiceError("invalid_json", { detail: "the line is not JSON" });
	}
	const parsed = RowSchema.safeParse(data);
	if (!parsed.success) {
		const [field] = parsed.error.issues[0]?.path ?? [];
		throw new SluiceError("invalid_request", { detail: `the row's ${String(field ?? "form")} is not valid` });
	}
	const { text, labels, lang, meta } = parsed.data;
	if (!text.isWellFormed()) throw new SluiceError("invalid_request", { detail: "the row's text is not valid" });
	const functionality = meta?.functionality ?? meta?.fn;
	return {
		text,
		labels: new Map(Object.entries(labels).filter((entry): entry is [string, 0 | 1] => entry[1] !== null)),
		lang: lang ?? undefined,
		functionality: typeof functionality === "string" ? functionality : undefined,
	};
}
