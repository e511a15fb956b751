import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toWindows } from "../../../src/scorers/remote/windows.ts";

/** Where each window stands: texts here repeat nothing of that length. */
const placesOf = (text: string, windows: readonly string[]): number[] => windows.map((window) => text.indexOf(window));

describe("toWindows", () => {
	it("leaves a text alone that fits", () => {
		assert.deepEqual(toWindows("", 20), [""]);
		assert.deepEqual(toWindows("x".repeat(20), 20), ["x".repeat(20)]);
	});
	it("covers the whole text with windows of at most the size that overlap by a tenth, at any length", () => {
		const text = Array.from({ length: 900 }, (_, i) => i.toString(36).padStart(3, "é")).join("");
		for (const size of [20, 37, 200])
			for (let length = size + 1; length < text.length; length += 13) {
				const part = text.slice(0, length);
				const windows = toWindows(part, size);
				const places = placesOf(part, windows);
				assert.equal(places[0], 0);
				assert.equal(places.at(-1)! + windows.at(-1)!.length, length);
				for (const [i, window] of windows.entries()) {
					assert.ok(window.length <= size);
					if (i > 0) assert.ok(places[i - 1]! + windows[i - 1]!.length - places[i]! >= Math.floor(size / 10));
				}
			}
	});
	it("parts no surrogate pair", () => {
		for (let lead = 0; lead < 4; lead++) {
			const text = "a".repeat(lead) + "😀".repeat(300);
			const windows = toWindows(text, 25);
			for (const window of windows) assert.ok(window.isWellFormed() && window.length <= 25);
			assert.ok(windows.join("").length >= text.length);
		}
	});
});
