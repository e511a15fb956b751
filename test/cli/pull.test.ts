import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it, type TestContext } from "node:test";
import type { CliContext } from "../../src/cli/context.ts";
import { convertModel } from "../../src/convert/index.ts";
import { openModel } from "../../src/engine/index.ts";
import { fixturePath, maxDifference, readGolden } from "../conformance/golden.ts";
import { type Entry, first, type HubDouble, startHub } from "../weights/hub-double.ts";
import { type Outcome, run } from "./harness.ts";

const TOKEN = "hf_secretOfTheTests";
const root = mkdtempSync(join(tmpdir(), "sluice-pull-"));
after(() => rmSync(root, { recursive: true }));
let count = 0;

const fromFixture = (name: string, lfs = false): Entry => ({
	content: readFileSync(join(fixturePath("griffin"), name)),
	lfs,
});

interface Setup {
	readonly hub: HubDouble;
	readonly directory: string;
	readonly converted: string[];
	pull(...flags: string[]): Promise<Outcome>;
}

async function setUp(t: TestContext, over: Partial<CliContext> = {}): Promise<Setup> {
	const hub = await startHub({
		"config.json": fromFixture("config.json"),
		"model.safetensors": fromFixture("model.safetensors", true),
	});
	t.after(() => hub.close());
	const directory = join(root, `griffin ${count++}`);
	const converted: string[] = [];
	const context: Partial<CliContext> = {
		convertModel: async (from, to, options) => {
			converted.push(to);
			return convertModel(from, to, options);
		},
		...over,
	};
	const env = { HF_ENDPOINT: `${hub.endpoint}/`, HF_TOKEN: `${TOKEN}\n`, SLUICE_CACHE_DIR: join(root, "cache") };
	const pull = (...flags: string[]): Promise<Outcome> => run(["pull", hub.repo, ...flags], { env, context });
	return { hub, directory, converted, pull };
}

describe("sluice pull", () => {
	it("fetches, converts and says where the model is; what it made gives the reference's logits", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		const { exitCode, stdout, stderr } = await pull(directory, "--weights", "f32");
		assert.deepEqual([exitCode, stderr], [0, ""]);
		const { repo, commit, out, weights, ...rest } = JSON.parse(stdout);
		assert.deepEqual([repo, commit, weights], ["acme/tiny", hub.commit, "f32"]);
		assert.equal(rest.directory, directory);
		assert.equal(out, `${directory}-f32`);
		assert.ok(hub.seen.some(({ headers }) => headers.authorization === `Bearer ${TOKEN}`));
		const model = await openModel(out);
		t.after(() => model.close());
		const golden = readGolden("griffin");
		const sequence = golden.sequences[0]!;
		const { logits } = await model.forward(sequence.tokens);
		const difference = maxDifference(logits, golden.read(sequence.logits));
		assert.ok(difference < 8e-4, String(difference));
	});
	it("a second time fetches and converts nothing; another revision does both", async (t) => {
		const { hub, directory, converted, pull } = await setUp(t);
		await pull(directory);
		assert.deepEqual(converted, [`${directory}-q8`]);
		const sent = hub.sent("model.safetensors");
		const again = await pull(directory);
		assert.equal(again.exitCode, 0);
		assert.equal(JSON.parse(again.stdout).downloadedBytes, 0);
		assert.deepEqual([converted.length, hub.sent("model.safetensors")], [1, sent]);
		const before = hub.commit;
		hub.commit = "f".repeat(40);
		hub.entries.set("config.json", { content: Buffer.concat([fromFixture("config.json").content, Buffer.from("\n")]) });
		const moved = await pull(directory);
		assert.equal(JSON.parse(moved.stdout).previousCommit, before);
		assert.deepEqual([converted.length, hub.sent("model.safetensors")], [2, sent]);
	});
	it("without a directory goes to the cache; --no-convert leaves it at that", async (t) => {
		const { converted, pull } = await setUp(t);
		const { stdout } = await pull("--no-convert");
		const place = join(root, "cache", "models", "acme--tiny");
		assert.equal(JSON.parse(stdout).directory, place);
		assert.deepEqual(converted, []);
		assert.deepEqual(readdirSync(place).sort(), [".sluice-pull.json", "config.json", "model.safetensors"]);
	});
	it("says how to serve a classifier, in words a shell takes", async (t) => {
		const { hub, directory, pull } = await setUp(t, { convertModel: async () => ({}) });
		const labels = { content: Buffer.from("{}") };
		hub.entries.set("heads.json", labels);
		const { stdout } = await pull(directory, "--weights", "q4");
		assert.equal(JSON.parse(stdout).next.serve, `sluice serve --model '${directory}-q4' --weights q4`);
	});
	it("refuses a model nobody can convert before its weights are fetched", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		hub.entries.set("config.json", { content: Buffer.from('{"model_type": "llama"}') });
		const { exitCode, stderr } = await pull(directory);
		assert.equal(exitCode, 3);
		assert.match(stderr, /"llama" is not known/);
		assert.equal(hub.sent("model.safetensors"), 0);
	});
	it("stops on Ctrl-C with a sentence, takes its handlers away, and goes on at the next call", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		const handlers = process.listenerCount("SIGINT");
		hub.rules.push(first(1, ({ at }) => at === "storage", { stallAfter: 200_000 }));
		const stopped = pull(directory, "--no-convert");
		// The part grows while the connection is open: once it is there, the download is under way.
		const part = join(directory, ".model.safetensors.part");
		while (!existsSync(part) || readFileSync(part).byteLength < 200_000)
			await new Promise((next) => setImmediate(next));
		process.emit("SIGINT");
		const { exitCode, stdout, stderr } = await stopped;
		assert.deepEqual([exitCode, stdout], [3, ""]);
		assert.match(stderr, /^sluice: the download was stopped; the same call goes on where it ended\n$/);
		assert.equal(process.listenerCount("SIGINT"), handlers);
		assert.equal((await pull(directory, "--no-convert")).exitCode, 0);
		const ranges = hub.seen.filter(({ at }) => at === "storage").map(({ headers }) => headers.range);
		assert.deepEqual(ranges, [undefined, "bytes=200000-"]);
	});
	it("never shows the token, whatever goes wrong", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		hub.rules.push(() => ({ status: 401, headers: { "x-error-message": TOKEN }, body: TOKEN }));
		const { exitCode, stdout, stderr } = await pull(directory);
		assert.equal(exitCode, 2);
		assert.match(stderr, /HF_TOKEN/);
		assert.ok(!`${stdout}${stderr}`.includes(TOKEN));
		const env = { HF_TOKEN: `${TOKEN} ${TOKEN}` };
		const refused = await run(["pull", "acme/tiny"], { env });
		assert.match(refused.stderr, /^sluice: HF_TOKEN must be an access token[^;"]*\n$/);
		assert.ok(!refused.stderr.includes(TOKEN));
	});
	it("exits 2 on names and formats that are none", async () => {
		for (const argv of [
			["pull"],
			["pull", "tiny"],
			["pull", "a/b", "--weights", "q2"],
			["pull", "a/b", "--revision", ".."],
		]) {
			const { exitCode, stderr } = await run(argv);
			assert.equal(exitCode, 2, argv.join(" "));
			assert.match(stderr, /^sluice: [^\n]+\n$/);
		}
	});
});
