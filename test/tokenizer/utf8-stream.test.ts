import assert from "node:assert/strict";
import { test } from "node:test";
import { createUtf8Stream } from "../../src/tokenizer/utf8-stream.ts";

function stream(bytes: ArrayLike<number>): string[] {
	const utf8 = createUtf8Stream();
	return [...Array.from(bytes, (byte) => utf8.push(byte)), utf8.end()];
}

/** Characters where the platform's strict decoder finds one, U+FFFD for every other byte. */
function decode(bytes: Uint8Array): string {
	const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
	let text = "";
	for (let at = 0; at < bytes.length; ) {
		let length = 1;
		let character = "\ufffd";
		for (let n = 1; n <= 4 && at + n <= bytes.length; n++) {
			try {
				character = strict.decode(bytes.subarray(at, at + n));
				length = n;
				break;
			} catch {}
		}
		text += character;
		at += length;
	}
	return text;
}

test("every character of Unicode comes whole with its last byte", () => {
	for (let point = 0; point <= 0x10ffff; point += point < 0x11000 ? 1 : 61) {
		if (point >= 0xd800 && point <= 0xdfff) continue;
		const character = String.fromCodePoint(point);
		const bytes = Buffer.from(character);
		const expected = [...Array.from({ length: bytes.length - 1 }, () => ""), character, ""];
		assert.deepEqual(stream(bytes), expected);
	}
});

test("every pair of bytes, and random runs of bytes from where forms begin and end, read as a strict decoder reads them", () => {
	for (let pair = 0; pair < 65536; pair++) {
		const bytes = Uint8Array.of(pair >> 8, pair & 255);
		assert.equal(stream(bytes).join(""), decode(bytes), Buffer.from(bytes).toString("hex"));
	}
	const edges = [0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef];
	edges.push(0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff);
	let seed = 3;
	for (let i = 0; i < 20_000; i++) {
		const bytes = Uint8Array.from({ length: 1 + (i % 9) }, () => {
			seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
			return edges[(seed >>> 8) % edges.length]!;
		});
		assert.equal(stream(bytes).join(""), decode(bytes), Buffer.from(bytes).toString("hex"));
	}
});

test("at most three bytes wait", () => {
	const utf8 = createUtf8Stream();
	assert.deepEqual(
		[0xf0, 0x9f, 0x98].map((byte) => utf8.push(byte)),
		["", "", ""],
	);
	assert.equal(utf8.end(), "\ufffd\ufffd\ufffd");
	assert.equal(utf8.end(), "");
	assert.equal(utf8.push(0x41), "A");
});
