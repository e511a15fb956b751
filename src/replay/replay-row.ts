/** A line of what is replayed: a text, a prompt with its answer, or a recorded decision that holds its text. */
import { z } from "zod";
import type { DecisionRecord } from "../audit/index.ts";
import type { Content } from "../types.ts";

/** What of a recorded decision can be compared with another. */
export type RecordedDecision = Pick<DecisionRecord, "model" | "policies">;

/** See the header. */
export interface ReplayRow {
	/** Line of the file, from 1. */
	readonly line: number;
	/** As the file names it: `id`, `custom_id`, or a record's `seq`. */
	readonly id: string | number | undefined;
	readonly content: Content;
	readonly recorded: RecordedDecision | undefined;
}

/** What a line gives: a row, nothing to be replayed, or why it is no row. */
export type ParsedLine =
	| { readonly row: ReplayRow }
	| { readonly skipped: "not a decision" | "no content" }
	| { readonly failed: "invalid_json" | "invalid_request" };

const text = z
	.string()
	.min(1)
	.refine((value) => value.isWellFormed());
const ID = z.union([z.string().min(1), z.number()]).optional();
const TextSchema = z.object({ text, id: ID, custom_id: ID });
const ExchangeSchema = z.object({ prompt: z.string(), response: text, id: ID, custom_id: ID });
const RecordSchema = z.object({
	seq: z.number(),
	kind: z.string(),
	content: z.object({ text: z.string(), prompt: z.string().optional() }).optional(),
});

/** Never throws. */
export function parseReplayLine(line: string, number: number): ParsedLine {
	let data: unknown;
	try {
		data = JSON.parse(line);
	} catch {
		return { failed: "invalid_json" };
	}
	const record = RecordSchema.safeParse(data);
	if (record.success) return parseRecord(record.data, data, number);
	const plain = TextSchema.safeParse(data);
	if (plain.success) {
		const { text: content, id, custom_id } = plain.data;
		return { row: { line: number, id: id ?? custom_id, content, recorded: undefined } };
	}
	const exchange = ExchangeSchema.safeParse(data);
	if (!exchange.success) return { failed: "invalid_request" };
	const { prompt, response, id, custom_id } = exchange.data;
	return { row: { line: number, id: id ?? custom_id, content: { prompt, response }, recorded: undefined } };
}

function parseRecord({ seq, kind, content }: z.infer<typeof RecordSchema>, data: unknown, line: number): ParsedLine {
	if (kind !== "decision") return { skipped: "not a decision" };
	if (content === undefined || content.text === "") return { skipped: "no content" };
	const { text: response, prompt } = content;
	const { model, policies, stream } = data as DecisionRecord;
	// risks of a stream are those of its prefixes
	const recorded = stream === undefined ? { model, policies } : undefined;
	return { row: { line, id: seq, content: prompt === undefined ? response : { prompt, response }, recorded } };
}
