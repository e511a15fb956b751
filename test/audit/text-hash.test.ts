/** Hashes of texts against Node's own HMAC. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { it } from "node:test";
import { createTextHash } from "../../src/audit/index.ts";

const KEY = Buffer.from(Array.from({ length: 32 }, (_, i) => (i * 37) & 255));
const TEXTS = ["", "a", "schöne Wörter 漢字 🎈", "half \ud83c", "\udf88 half", "x".repeat(100_000), "ü".repeat(31)];

it("a text's hash is HMAC-SHA-256 of its UTF-8 bytes, whole and cut anywhere", () => {
	const { whole, pieces } = createTextHash(KEY);
	for (const text of TEXTS) {
		const expected = createHmac("sha256", KEY).update(text, "utf8").digest("hex");
		assert.equal(whole(text), expected);
		for (let cut = 0; cut <= Math.min(text.length, 30); cut++) {
			const hash = pieces();
			hash.push(text.slice(0, cut));
			hash.push(text.slice(cut));
			assert.equal(hash.end(), expected, `${text.slice(0, 20)} cut at ${cut}`);
		}
	}
});

it("under another key it is another", () => {
	assert.notEqual(createTextHash(KEY).whole("yes"), createTextHash(KEY.toReversed()).whole("yes"));
});
