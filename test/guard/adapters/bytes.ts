/** Scripted answers as bytes: plain text and server-sent events of the OpenAI chat shape, cut anywhere; and their readers. */
import { ReadableStream as NodeStream } from "node:stream/web";
import { createRandom } from "../streams.ts";

/** UTF-8 of texts that may be cut inside surrogate pairs, in chunks that may be cut inside characters. */
export async function* toByteChunks(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array, void, void> {
	const random = createRandom(11);
	const encoder = new TextEncoder();
	let half = "";
	for await (const text of texts) {
		const all = half + text;
		half = /[\ud800-\udbff]$/.test(all) ? all.slice(-1) : "";
		const bytes = encoder.encode(all.slice(0, all.length - half.length));
		for (let at = 0; at < bytes.length; ) {
			const end = at + 1 + Math.floor(random() * Math.max(8, bytes.length / 2));
			yield bytes.subarray(at, end);
			at = end;
		}
	}
	if (half !== "") yield encoder.encode(half);
}

export function toChunk(delta: object, finish_reason: string | null = null, index = 0): string {
	const chunk = {
		id: "c",
		object: "chat.completion.chunk",
		created: 1,
		model: "m",
		choices: [{ index, delta, finish_reason }],
	};
	return `data: ${JSON.stringify(chunk)}\n\n`;
}

/** A streamed chat completion. */
export async function* toChat(texts: AsyncIterable<string>): AsyncGenerator<string, void, void> {
	yield toChunk({ role: "assistant", content: "" });
	for await (const content of texts) yield toChunk({ content });
	yield toChunk({}, "stop");
	yield "data: [DONE]\n\n";
}

export function toBody<T>(chunks: AsyncIterable<T>): ReadableStream<T> {
	return NodeStream.from(chunks) as unknown as ReadableStream<T>;
}

/** The texts of a body; leaving cancels it. */
export async function* readText(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
	yield* body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>);
}

/** The content of a streamed chat completion; throws its error event, and where it ends without `[DONE]`. */
export async function* readChat(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
	let open = "";
	let isDone = false;
	for await (const text of readText(body)) {
		open += text;
		const events = open.split("\n\n");
		open = events.pop()!;
		for (const event of events) {
			const data = event.replace(/^data: /, "");
			if (data === "[DONE]") {
				isDone = true;
				continue;
			}
			const { error, choices } = JSON.parse(data);
			if (error) throw new Error(error.code);
			for (const { delta } of choices) if (delta.content) yield delta.content;
		}
	}
	if (!isDone) throw new Error("no [DONE]");
}
