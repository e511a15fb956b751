/** Reads a stream of events from its bytes, apart from any client. */
import assert from "node:assert/strict";

/** Everything a stream said. */
export interface RawStream {
	readonly status: number;
	readonly chunks: readonly WireChunk[];
	readonly comments: number;
	readonly isDone: boolean;
	readonly error: { readonly code: string; readonly message: string } | undefined;
	/** All text of a field of the deltas of a choice; tool arguments under `tool/0` and so on. */
	text(field: string, choice?: number): string;
	finish(choice?: number): string | undefined;
	readonly moderation: WireModeration | undefined;
	/** The bytes as they came. */
	readonly raw: string;
}

interface WireSide {
	readonly type: string;
	readonly code?: string;
	readonly results?: readonly { flagged: boolean; category_scores: Record<string, number> }[];
}

export interface WireModeration {
	readonly input: WireSide;
	readonly output: WireSide;
}

interface WireChunk {
	readonly choices: readonly { index: number; delta: Record<string, unknown>; finish_reason: string | null }[];
	readonly usage?: object | null;
	readonly moderation?: WireModeration;
}

export async function readRaw(response: Response): Promise<RawStream> {
	const raw = new TextDecoder("utf-8", { fatal: true }).decode(await response.arrayBuffer());
	return parseRaw(response.status, raw);
}

export function parseRaw(status: number, raw: string): RawStream {
	assert.ok(raw === "" || raw.endsWith("\n\n"), "the stream ends inside an event");
	const events = raw.split("\n\n").slice(0, -1);
	const data = events.flatMap((event) => (event.startsWith("data: ") ? [event.slice(6)] : []));
	const values = data.filter((text) => text !== "[DONE]").map((text) => JSON.parse(text));
	const chunks = values.filter((value) => "choices" in value) as WireChunk[];
	const of = (choice: number): WireChunk["choices"] =>
		chunks.flatMap(({ choices }) => choices.filter(({ index }) => index === choice));
	return {
		status,
		raw,
		chunks,
		comments: events.filter((event) => event.startsWith(":")).length,
		isDone: data.at(-1) === "[DONE]",
		error: values.find((value) => "error" in value)?.error,
		text: (field, choice = 0) =>
			of(choice)
				.map(({ delta }) => wordsOf(delta, field))
				.join(""),
		finish: (choice = 0) => of(choice).at(-1)?.finish_reason ?? undefined,
		moderation: chunks.find(({ moderation }) => moderation !== undefined)?.moderation,
	};
}

function wordsOf(delta: Record<string, unknown>, field: string): string {
	if (!field.startsWith("tool/")) return (delta[field] as string | undefined) ?? "";
	const calls = (delta.tool_calls ?? []) as {
		index: number;
		function?: { arguments?: string };
		custom?: { input?: string };
	}[];
	return calls
		.filter(({ index }) => `tool/${index}` === field)
		.map((call) => call.function?.arguments ?? call.custom?.input ?? "")
		.join("");
}
