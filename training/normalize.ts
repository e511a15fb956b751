/**
 * Folds the rows of a JSONL stream exactly as the service does: stdin to stdout, one row per line, same order.
 * Rows are `{ text, labels, source, lang }`; only `text` changes.
 * Run: node training/normalize.ts < rows.jsonl > folded.jsonl
 */
import { normalizeText } from "../src/tokenizer/normalize.ts";

// Not node:readline: it also breaks lines at U+2028, which JSON allows inside strings.
let pending = "";
for await (const chunk of process.stdin.setEncoding("utf8")) {
	const lines = (pending + chunk).split("\n");
	pending = lines.pop() ?? "";
	process.stdout.write(lines.map(foldRow).join(""));
}
process.stdout.write(foldRow(pending));

function foldRow(line: string): string {
	if (line.trim() === "") return "";
	const row = JSON.parse(line) as { text: string };
	return `${JSON.stringify({ ...row, text: normalizeText(row.text).text })}\n`;
}
