/**
 * The other side of bench/moderate.ts: the same model the way one would first write it. One session.run per request on the
 * HTTP thread, ONNX Runtime's default options, no batching. argv: converted model directory. Answers POST /v1/moderations.
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import type { ConvertedManifest } from "../src/convert/index.ts";
import { InferenceSession, Tensor } from "../src/engine/onnxruntime.ts";
import { createHeadPool, readHeadsFile } from "../src/scorers/index.ts";
import { loadTokenizer } from "../src/tokenizer/index.ts";
import { normalizeText } from "../src/tokenizer/normalize.ts";

const directory = process.argv[2]!;
const manifest = JSON.parse(await readFile(join(directory, "manifest.json"), "utf8")) as ConvertedManifest;
const heads = await readHeadsFile(directory);
const tokenizer = await loadTokenizer(join(directory, "tokenizer.json"));
const session = await InferenceSession.create(join(directory, "heads.onnx"));

async function risks(text: string): Promise<Record<string, number>> {
	const ids = [tokenizer.bosId, ...tokenizer.encode(normalizeText(text).text).ids];
	const feeds: Record<string, Tensor> = {
		input_ids: new Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]),
		positions: new Tensor(
			"int64",
			BigInt64Array.from(ids, (_, i) => BigInt(i)),
			[1, ids.length],
		),
	};
	for (const { input, shape } of manifest.caches) {
		const dims = shape.map((d) => (d === "batch" ? 1 : d === "past" ? 0 : d));
		feeds[input] = new Tensor("float32", new Float32Array(dims.reduce((a, b) => a * b, 1)), dims);
	}
	const output = await session.run(feeds, ["heads"]);
	const rows = output.heads!.data as Float32Array;
	const pool = createHeadPool(heads.labels.length, heads.score_clip);
	for (let at = 0; at < rows.length; at += 3 * heads.labels.length) pool.push(rows, at);
	const logits = pool.logits();
	return Object.fromEntries(heads.labels.map((label, k) => [label, 1 / (1 + Math.exp(-logits[k]!))]));
}

createServer(async (request, response) => {
	if (request.url === "/readyz") return response.end("ok");
	let body = "";
	for await (const chunk of request) body += chunk;
	const { input } = JSON.parse(body) as { input: string };
	response.setHeader("content-type", "application/json");
	response.end(JSON.stringify({ results: [{ category_scores: await risks(input) }] }));
}).listen(Number(process.env.PORT), "127.0.0.1");
