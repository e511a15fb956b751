/**
 * Question: what does loading one tokenizer cost in a fresh process?
 * Command: node --expose-gc bench/tokenizer/load-once.ts TOKENIZER_JSON   (prints one line of JSON)
 */
import { loadTokenizer } from "../../src/tokenizer/index.ts";

const before = process.memoryUsage.rss();
const began = performance.now();
let refused = false;
const tokenizer = await loadTokenizer(process.argv[2]!, {
	onCacheRefused: () => {
		refused = true;
	},
});
const loadMs = performance.now() - began;
const firstMs = performance.now();
tokenizer.encode("A first text.");
const encodeMs = performance.now() - firstMs;
globalThis.gc?.();
const residentMb = (process.memoryUsage.rss() - before) / 2 ** 20;
process.stdout.write(`${JSON.stringify({ loadMs, encodeMs, residentMb, refused })}\n`);
