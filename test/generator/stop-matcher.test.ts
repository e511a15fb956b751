import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { uniformAt } from "../../src/engine/sampling-random.ts";
import { createStopMatcher, parseStopStrings } from "../../src/generator/stop-matcher.ts";

/** The text before the stop string that is complete first, the longest of several. */
function reference(text: string, strings: readonly string[]): { text: string; stop: string | undefined } {
	for (let end = 1; end <= text.length; end++) {
		const found = strings.filter((string) => text.slice(0, end).endsWith(string));
		const stop = found.sort((a, b) => b.length - a.length)[0];
		if (stop !== undefined) return { text: text.slice(0, end - stop.length), stop };
	}
	return { text, stop: undefined };
}

/** Whether the end of `text` of this length begins a stop string. */
function mustHold(text: string, length: number, strings: readonly string[]): boolean {
	return strings.some((string) => string.startsWith(text.slice(text.length - length)));
}

function match(pieces: readonly string[], strings: readonly string[]): { text: string; stop: string | undefined } {
	const matcher = createStopMatcher(strings);
	let read = "";
	let text = "";
	for (const piece of pieces) {
		const released = matcher.push(piece);
		read += piece;
		text += released.text;
		if (released.stop !== undefined) return { text, stop: released.stop };
		const held = read.length - text.length;
		assert.ok(read.startsWith(text));
		assert.ok(held === 0 || mustHold(read, held, strings), `holds "${read.slice(text.length)}" back without need`);
		for (let longer = held + 1; longer <= read.length; longer++)
			assert.ok(!mustHold(read, longer, strings), "released what may still become a stop string");
	}
	return { text: text + matcher.end(), stop: undefined };
}

describe("createStopMatcher", () => {
	it("finds what a search of the whole text finds, wherever the pieces are cut, and holds back no more than it must", () => {
		let at = 0;
		const below = (limit: number): number => Math.floor(uniformAt(11, at++) * limit);
		const letters = ["a", "b", "ab", "😀", "é"];
		const word = (most: number): string =>
			Array.from({ length: 1 + below(most) }, () => letters[below(3 + below(3))]!).join("");
		let stopped = 0;
		for (let round = 0; round < 4000; round++) {
			const strings = Array.from({ length: below(4) }, () => word(5));
			const text = word(30);
			const pieces: string[] = [];
			for (let from = 0; from < text.length; ) {
				const to = Math.min(text.length, from + below(5));
				pieces.push(text.slice(from, to));
				from = to;
			}
			const found = match(pieces, strings);
			assert.deepEqual(found, reference(text, strings), JSON.stringify({ strings, pieces }));
			assert.ok(found.text.isWellFormed());
			if (found.stop !== undefined) stopped++;
		}
		assert.ok(stopped > 1000 && stopped < 3500);
	});
	it("goes on with the right prefix after a near miss", () => {
		assert.deepEqual(match(["aa", "a", "b"], ["aab"]), { text: "a", stop: "aab" });
		assert.deepEqual(match(["abc", "abd"], ["abcabc", "cabd"]), { text: "ab", stop: "cabd" });
		assert.deepEqual(match(["User", ":"], ["User:", "er:"]), { text: "", stop: "User:" });
	});
	it("releases what was held at the end of the text", () => {
		assert.deepEqual(match(["hello STO"], ["STOP"]), { text: "hello STO", stop: undefined });
	});
});

describe("parseStopStrings", () => {
	it("takes none, one or several", () => {
		assert.deepEqual(parseStopStrings(undefined), []);
		assert.deepEqual(parseStopStrings("a"), ["a"]);
		assert.deepEqual(parseStopStrings(["a", "b"]), ["a", "b"]);
	});
	it("rejects empty, overlong, broken and too many strings", () => {
		for (const stop of ["", ["a", ""], "a".repeat(1001), "\ud83d", new Array(17).fill("a"), [1], 5]) {
			assert.throws(() => parseStopStrings(stop as string), { code: "invalid_request", pointer: "/stop" });
		}
	});
});
