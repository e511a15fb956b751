/**
 * A content that is longer than the model's context as overlapping windows that cover it: every token of the judged text,
 * and of the prompt beside it, stands in at least one. Risk is the highest of the windows'. Knows no template.
 */
import type { Encoding, Tokenizer } from "../../tokenizer/index.ts";
import type { Content } from "../../types.ts";

/** Share of a window that the next one reads again: harm that a cut would hide stands whole in one of the two. */
export const OVERLAP = 0.25;

/**
 * The windows of a content, each of about `room` tokens. Where a prompt and its answer are both longer than half of that,
 * each prompt window stands beside the answer's first window, and each of the answer's beside the last of the prompt.
 */
export function splitContent(content: Content, room: number, encode: Tokenizer["encode"]): Content[] {
	if (typeof content === "string") return splitText(content, room, encode(content));
	const prompt = encode(content.prompt);
	const response = encode(content.response);
	const half = Math.floor(room / 2);
	const promptRoom = Math.max(half, room - response.ids.length);
	const responseRoom = Math.max(room - promptRoom, room - prompt.ids.length);
	const prompts = splitText(content.prompt, promptRoom, prompt);
	const responses = splitText(content.response, responseRoom, response);
	const last = prompts.length - 1;
	return [
		...prompts.slice(0, last).map((window) => ({ prompt: window, response: responses[0]! })),
		...responses.map((window) => ({ prompt: prompts[last]!, response: window })),
	];
}

/** The text in windows of `size` tokens; the last one begins earlier rather than being shorter. */
function splitText(text: string, size: number, { ids, starts }: Encoding): string[] {
	const count = ids.length;
	if (count <= size) return [text];
	const step = Math.max(1, size - Math.ceil(size * OVERLAP));
	const place = (token: number): number => (token === 0 ? 0 : token === count ? text.length : starts[token]!);
	const windows: string[] = [];
	for (let from = 0; ; from = Math.min(from + step, count - size)) {
		windows.push(text.slice(place(from), place(from + size)));
		if (from + size === count) return windows;
	}
}
