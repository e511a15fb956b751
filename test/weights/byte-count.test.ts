import assert from "node:assert/strict";
import { it } from "node:test";
import { formatBytes } from "../../src/weights/byte-count.ts";

it("byte counts read well at every size, also where rounding reaches the next unit", () => {
	const cases: [number, string][] = [
		[0, "0 B"],
		[999, "999 B"],
		[1000, "1.0 kB"],
		[12_345, "12.3 kB"],
		[999_949, "999.9 kB"],
		[999_950, "1.0 MB"],
		[5_228_717_512, "5.2 GB"],
		[3.2e15, "3200.0 TB"],
	];
	for (const [bytes, words] of cases) assert.equal(formatBytes(bytes), words);
});
