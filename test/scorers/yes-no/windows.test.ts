import assert from "node:assert/strict";
import { test } from "node:test";
import { OVERLAP, splitContent } from "../../../src/scorers/yes-no/windows.ts";
import type { Content } from "../../../src/types.ts";
import { createWordTokenizer } from "./word-tokenizer.ts";

const { encode } = createWordTokenizer();
const words = (count: number, name = "w"): string => Array.from({ length: count }, (_, i) => `${name}${i}`).join(" ");
const tokens = (text: string): number => encode(text).ids.length;

/** Each window is a part of the text, begins inside the one before and goes on behind it; together they are the text. */
function checkCover(text: string, windows: readonly string[], size: number): void {
	let end = 0;
	for (const [i, window] of windows.entries()) {
		const start = i === 0 ? 0 : text.lastIndexOf(window, end);
		assert.ok(start >= 0 && text.startsWith(window, start));
		assert.ok(tokens(window) <= size + 1);
		if (i > 0) {
			const shared = tokens(text.slice(start, end));
			assert.ok(shared >= Math.floor(size * OVERLAP) - 1, `${shared} tokens are read twice`);
		}
		assert.ok(start + window.length > end);
		end = start + window.length;
	}
	assert.equal(end, text.length);
}

test("a text that fits is one window", () => {
	assert.deepEqual(splitContent("a b c", 100, encode), ["a b c"]);
	const exchange = { prompt: words(50), response: words(50) };
	assert.deepEqual(splitContent(exchange, 100, encode), [exchange]);
});

test("windows cover a long text, each beginning a quarter before the last one's end", () => {
	for (const length of [101, 150, 175, 176, 500, 1234]) {
		const text = words(length);
		checkCover(text, splitContent(text, 100, encode) as string[], 100);
	}
});

test("windows never cut a character", () => {
	const text = "😀👩‍👩‍👧‍👦é".repeat(100);
	const windows = splitContent(text, 64, encode) as string[];
	for (const window of windows) assert.ok(window.isWellFormed());
	assert.equal(windows[0], text.slice(0, windows[0]!.length));
	assert.ok(text.endsWith(windows.at(-1)!));
});

test("a long answer is read beside its whole prompt, a long prompt beside its whole answer", () => {
	const check = (content: Exclude<Content, string>, long: "prompt" | "response"): void => {
		const short = long === "prompt" ? "response" : "prompt";
		const windows = splitContent(content, 100, encode) as Exclude<Content, string>[];
		assert.ok(windows.length > 1);
		for (const window of windows) assert.equal(window[short], content[short]);
		checkCover(
			content[long],
			windows.map((window) => window[long]),
			70,
		);
	};
	check({ prompt: words(30, "p"), response: words(300, "r") }, "response");
	check({ prompt: words(300, "p"), response: words(30, "r") }, "prompt");
});

test("where both are long, all of the prompt and all of the answer is read", () => {
	const content = { prompt: words(200, "p"), response: words(300, "r") };
	const windows = splitContent(content, 100, encode) as Exclude<Content, string>[];
	const prompts = [...new Set(windows.map(({ prompt }) => prompt))];
	const responses = [...new Set(windows.map(({ response }) => response))];
	checkCover(content.prompt, prompts, 50);
	checkCover(content.response, responses, 50);
	assert.equal(windows.length, prompts.length + responses.length - 1);
	for (const { prompt, response } of windows) assert.ok(tokens(prompt) + tokens(response) <= 102);
});
