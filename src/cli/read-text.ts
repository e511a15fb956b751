/** One text from stdin: UTF-8, without its final line break, up to a limit. */
import { SluiceError } from "../errors.ts";
import type { CliContext } from "./context.ts";

/** Bytes UTF-8 needs at most for one UTF-16 code unit. */
const MOST_BYTES_PER_CHARACTER = 3;

/** Reads stdin to its end. Throws `invalid_request` for a terminal or bytes that are not UTF-8, `text_too_long`. */
export async function readText({ stdin }: Pick<CliContext, "stdin">, maxCharacters: number): Promise<string> {
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
