/** Texts to judge from a file: a line each, or the `text` of a JSON row. */
import { isSluiceError, SluiceError } from "../errors.ts";
import { readLines } from "./read-lines.ts";

/** All of them; a policy's change is measured on thousands, not millions. Throws `invalid_request` naming the line. */
export async function readTexts(file: string): Promise<string[]> {
	const texts: string[] = [];
	const isPlain = file.endsWith(".txt");
	for await (const line of readLines(file)) {
		const text = isPlain ? line : parseRow(line);
		if (text === undefined || text === "")
			throw new SluiceError("invalid_request", {
				detail: `${file}: line ${texts.length + 1} is ${isPlain ? "empty" : 'no JSON object with a "text"'}`,
			});
		texts.push(text);
	}
	return texts;
}

function parseRow(line: string): string | undefined {
	try {
		const row: unknown = JSON.parse(line);
		if (typeof row === "string") return row;
		const text = (row as { text?: unknown } | null)?.text;
		return typeof text === "string" ? text : undefined;
	} catch (error) {
		if (isSluiceError(error)) throw error;
		return undefined;
	}
}
