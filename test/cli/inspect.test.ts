import assert from "node:assert/strict";
import { test } from "node:test";
import { fixturePath } from "../conformance/golden.ts";
import { run } from "./harness.ts";

test("inspect shows architecture, sizes, memory per session and files; tensors when asked for", async () => {
	const { exitCode, stdout, stderr } = await run(["inspect", fixturePath("gemma2")]);
	assert.deepEqual([exitCode, stderr], [0, ""]);
	assert.match(
		stdout,
		/^architecture +gemma2 \(Hugging Face\)\nlayers +4, width 72, vocabulary 512\ncontext +8192 tokens\n/,
	);
	assert.match(stdout, /parameters +259,272\nweights +f32 1\.0 MB, q8 [\d.]+ kB, q4 [\d.]+ kB\n/);
	assert.match(
		stdout,
		/session +0 B fixed, 2\.0 kB per token, less beyond windows of 16 tokens\n +[\d.]+ MB at 1024 tokens/,
	);
	assert.match(stdout, /\nmodel\.safetensors +1\.0 MB +[0-9a-f]{64}\n/);
	assert.doesNotMatch(stdout, /q_proj/);
	const all = await run(["inspect", fixturePath("gemma2"), "--tensors"]);
	assert.match(all.stdout, /\nmodel\.layers\.0\.self_attn\.q_proj\.weight +F32 +\[\d+, 72\] +[\d.]+ kB\n/);
});

test("inspect --json gives the same as one object; a recurrent state has fixed bytes and windows end its growth", async () => {
	const { stdout } = await run(["inspect", fixturePath("recurrentgemma"), "--json"]);
	const { model_type, session, tensors, caches } = JSON.parse(stdout);
	assert.deepEqual([model_type, tensors], ["recurrent_gemma", undefined]);
	assert.ok(session.fixedBytes > 0 && session.bytesPerToken > 0);
	const { maxPast } = caches.find((cache: { maxPast?: number }) => cache.maxPast !== undefined);
	assert.ok(maxPast < 1024);
	assert.equal(session.bytesAt[1024], session.fixedBytes + maxPast * session.bytesPerToken);
	assert.equal(session.bytesAt[8192], session.bytesAt[1024]);
	const all = JSON.parse((await run(["inspect", fixturePath("recurrentgemma"), "--json", "--tensors"])).stdout);
	assert.ok(all.tensors.length > 50);
});

test("inspect of something else ends with one sentence", async () => {
	const { exitCode, stderr } = await run(["inspect", import.meta.dirname]);
	assert.deepEqual(
		[exitCode, stderr],
		[3, "sluice: cli is no model directory: it has neither config.json nor manifest.json\n"],
	);
});

test("convert takes the rounding of the embeddings' multiplier and refuses other words", async () => {
	const given: unknown[] = [];
	const convertModel = async (
		_from: string,
		_to: string,
		{ weights, embeddingScale }: { weights: string; embeddingScale?: string },
	) => {
		given.push([weights, embeddingScale]);
		return {};
	};
	const convert = (...flags: string[]) => run(["convert", "a", "b", ...flags], { context: { convertModel } });
	await convert();
	await convert("--weights", "q4", "--embedding-scale", "bfloat16");
	assert.deepEqual(given, [
		["q8", "exact"],
		["q4", "bfloat16"],
	]);
	const refused = await convert("--embedding-scale", "half");
	assert.deepEqual(
		[refused.exitCode, refused.stderr],
		[2, "sluice: --embedding-scale must be one of exact, bfloat16\n"],
	);
});
