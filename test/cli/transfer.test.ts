import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRateMeter, formatPace, formatTransfer } from "../../src/cli/transfer.ts";

describe("formatPace", () => {
	it("gives the rate and the time left in a fitting unit", () => {
		const cases: [number, number, string][] = [
			[2.2e9, 12.3e6, "12.3 MB/s, 3 min left"],
			[590e6, 10e6, "10.0 MB/s, 59 s left"],
			[600e6, 10e6, "10.0 MB/s, 1 min left"],
			[1, 10e6, "10.0 MB/s, 1 s left"],
			[54e9, 10e6, "10.0 MB/s, 1 h 30 min left"],
			[35.99e9, 10e6, "10.0 MB/s, 1 h 0 min left"],
			[0, 10e6, "10.0 MB/s, 0 s left"],
			[5e9, 0, "0 B/s"],
		];
		for (const [left, rate, words] of cases) assert.equal(formatPace(left, rate), words);
	});
});

describe("formatTransfer", () => {
	it("draws a bar of one width with sizes, and the pace once it is known", () => {
		assert.equal(
			formatTransfer({ bytes: 1.3e9, totalBytes: 5.2e9, bytesPerSecond: 13e6 }),
			"[=====>              ] 1.3 GB of 5.2 GB, 13.0 MB/s, 5 min left",
		);
		const line = (bytes: number, totalBytes: number): string =>
			formatTransfer({ bytes, totalBytes, bytesPerSecond: undefined });
		assert.equal(line(0, 5.2e9), "[>                   ] 0 B of 5.2 GB");
		assert.equal(line(5.2e9, 5.2e9), "[====================] 5.2 GB of 5.2 GB");
		assert.equal(line(0, 0), "[====================] 0 B of 0 B");
	});
});

describe("createRateMeter", () => {
	it("measures the last ten seconds, not what was there before nor what was thrown away", () => {
		let ms = 0;
		const meter = createRateMeter(() => ms);
		const at = (seconds: number, bytes: number): number | undefined => {
			ms = seconds * 1000;
			return meter(bytes);
		};
		assert.equal(at(0, 4e9), undefined);
		assert.equal(at(0.5, 4e9 + 1e6), undefined);
		assert.equal(at(2, 4e9 + 4e6), 2e6);
		for (let s = 3; s <= 20; s++) at(s, 4e9 + 4e6);
		assert.equal(at(21, 4e9 + 4e6), 0);
		assert.equal(at(22, 1e9), undefined);
		assert.equal(at(24, 1e9 + 6e6), 3e6);
	});
});
