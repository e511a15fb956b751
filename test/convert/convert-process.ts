/**
 * A process that converts: argv is a model directory, the output, the kind of weights, and after how many groups of weights
 * to stop for good, if it is to. Prints the groups done then, or peak memory in bytes at the end.
 */
import { writeSync } from "node:fs";
import { convertModel } from "../../src/convert/index.ts";

const [directory, out, weights, stopAt] = process.argv.slice(2) as [string, string, "f32" | "q8" | "q4", string?];

await convertModel(directory, out, {
	weights,
	onProgress(done) {
		if (done !== Number(stopAt)) return;
		writeSync(1, `${done}\n`);
		Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
	},
});
process.stdout.write(`${process.resourceUsage().maxRSS * 1024}\n`);
