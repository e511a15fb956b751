import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { SluiceError } from "../../src/errors.ts";
import type { PullProgress } from "../../src/weights/hub.ts";
import { type Entry, first, type Seen } from "./hub-double.ts";
import {
	always,
	failure,
	files,
	isFile,
	large,
	root,
	SIZE,
	sameAsListed,
	setUp,
	TINY,
	TINY_FILES,
	TOKEN,
	text,
	visible,
	WEIGHTS,
} from "./hub-setup.ts";

describe("a pull", () => {
	it("fetches the files Sluice reads, from the commit the revision stands for, and nothing else", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		const result = await pull({ revision: "refs/pr/1" });
		assert.deepEqual(visible(directory), TINY_FILES);
		assert.deepEqual([...result.files].sort(), TINY_FILES);
		assert.deepEqual(
			files(directory).filter((name) => name.includes(".part")),
			[],
		);
		sameAsListed(hub, directory);
		assert.equal(result.commit, hub.commit);
		assert.equal(result.previousCommit, undefined);
		assert.equal(hub.seen[0]?.path, "/api/models/acme/tiny/revision/refs%2Fpr%2F1");
		const resolved = hub.seen.filter(({ path }) => path.includes("/resolve/"));
		assert.ok(resolved.length === 4 && resolved.every(({ path }) => path.includes(`/resolve/${hub.commit}/`)));
	});
	it("sends the token to the hub's origin only, also when a redirect leads back to it", async (t) => {
		const { hub, pull } = await setUp(t);
		const back = `${hub.endpoint}/acme/tiny/resolve/${hub.commit}/generation_config.json`;
		const away = (seen: Seen): boolean => isFile("generation_config.json", "hub")(seen);
		hub.rules.push(first(1, away, { status: 307, headers: { location: `${hub.storage}/elsewhere` } }));
		hub.rules.push(first(1, ({ path }) => path === "/elsewhere", { status: 302, headers: { location: back } }));
		await pull();
		const authorized = (at: Seen["at"]): unknown[] =>
			hub.seen.filter((seen) => seen.at === at).map(({ headers }) => headers.authorization);
		assert.ok(authorized("storage").length >= 3);
		assert.ok(authorized("storage").every((value) => value === undefined));
		assert.deepEqual(new Set(authorized("hub")), new Set([`Bearer ${TOKEN}`, undefined]));
		assert.equal(authorized("hub").filter((value) => value === undefined).length, 1);
	});
	it("follows relative redirects, stops at endless ones and fetches from no other scheme", async (t) => {
		const { hub, pull } = await setUp(t);
		const config = isFile("config.json", "hub");
		const moved = `/acme/tiny/resolve/${hub.commit}/config.json`;
		hub.rules.push(first(3, config, { status: 308, headers: { location: moved } }));
		await pull();
		hub.rules.push(always(config, { status: 302, headers: { location: moved } }));
		const endless = await failure(pull({ directory: join(root, "endless") }));
		assert.match(endless.detail, /redirects more than 10 times/);
		hub.rules.unshift(always(config, { status: 302, headers: { location: "file:///etc/passwd" } }));
		const strange = await failure(pull({ directory: join(root, "strange") }));
		assert.match(strange.detail, /redirects to an address that is not fetched from/);
	});
	it("reads long lists page by page", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		hub.pageSize = 2;
		await pull();
		assert.deepEqual(visible(directory), TINY_FILES);
		assert.equal(hub.seen.filter(({ path }) => path.includes("/tree/")).length, 5);
	});
	it("counts bytes over the whole pull, up to the total", async (t) => {
		const { hub, pull } = await setUp(t);
		const seen: PullProgress[] = [];
		await pull({ onProgress: (progress) => seen.push(progress) });
		const total = TINY_FILES.reduce((sum, name) => sum + hub.entries.get(name)!.content.byteLength, 0);
		assert.deepEqual(seen[0], { bytes: 0, totalBytes: total });
		assert.deepEqual(seen.at(-1), { bytes: total, totalBytes: total });
		assert.ok(seen.every(({ bytes }, i) => i === 0 || bytes >= seen[i - 1]!.bytes));
	});
	it("shows config.json to the caller before it fetches weights", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		const stop = new SluiceError("invalid_model", { detail: "tiny is not known" });
		const checkConfig = (config: unknown): void => {
			assert.deepEqual(config, { model_type: "tiny" });
			throw stop;
		};
		assert.equal(await failure(pull({ checkConfig })), stop);
		assert.equal(hub.sent(WEIGHTS), 0);
		assert.deepEqual(visible(directory), []);
	});
});

describe("sharded weights", () => {
	const shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] as const;
	const sharded = (map: Record<string, string>): Record<string, Entry> => ({
		"config.json": text({}),
		"model.safetensors.index.json": text({ weight_map: map }),
		[shards[0]]: large(5000),
		[shards[1]]: large(6000, 2),
		"model-00003-of-00003.safetensors": large(7000, 3),
		"../outside.safetensors": large(100),
	});
	it("come as the index names them", async (t) => {
		const { hub, directory, pull } = await setUp(t, sharded({ a: shards[0], b: shards[1], c: shards[0] }));
		await pull();
		assert.deepEqual(visible(directory), ["config.json", ...shards, "model.safetensors.index.json"]);
		sameAsListed(hub, directory);
	});
	it("are refused where the index leads out of the directory or to what is not there", async (t) => {
		const cases = ["../outside.safetensors", "/etc/outside.safetensors", "a\\b.safetensors", "..", ".hidden", "x.bin"];
		for (const name of cases) {
			const { hub, directory, pull } = await setUp(t, sharded({ a: shards[0], b: name }));
			const error = await failure(pull());
			assert.equal(error.code, "invalid_model");
			assert.match(error.detail, /index\.json names .* which is no safetensors file of the directory/);
			assert.deepEqual(visible(directory), []);
			assert.equal(hub.sent(shards[0]), 0);
		}
		assert.ok(!existsSync(join(root, "outside.safetensors")));
		const { pull } = await setUp(t, sharded({ a: "model-9.safetensors" }));
		assert.match((await failure(pull())).detail, /names model-9\.safetensors, which the repository does not have/);
		const { pull: empty } = await setUp(t, sharded({}));
		assert.match((await failure(empty())).detail, /has no weight_map/);
	});
	it("of another format are no weights; without config.json it is no model", async (t) => {
		const { pull } = await setUp(t, { "config.json": text({}), "pytorch_model.bin": large(10) });
		const error = await failure(pull());
		assert.equal(error.code, "invalid_model");
		assert.match(error.detail, /^acme\/tiny has no safetensors weights/);
		const { pull: other } = await setUp(t, { [WEIGHTS]: large(10) });
		assert.match((await failure(other())).detail, /has no config\.json/);
	});
});

describe("names", () => {
	it("that would lead elsewhere are refused before anything is asked", async (t) => {
		const { hub, pull } = await setUp(t);
		for (const repo of ["tiny", "a/b/c", "../etc", "acme/..", "acme/../x", "ac me/x", "https://x/y", "/x", "acme/"])
			assert.match((await failure(pull({ repo }))).detail, /named owner\/name/, repo);
		for (const revision of ["..", "a/../b", "", " ", "?x", "#"])
			assert.match((await failure(pull({ revision }))).detail, /a revision is/, revision);
		assert.deepEqual(hub.seen, []);
	});
	it("of a token that no header can carry do not appear in the error", async (t) => {
		const { pull } = await setUp(t);
		const error = await failure(pull({ token: `${TOKEN}\n` }));
		assert.equal(error.code, "invalid_config");
	});
});

describe("disk space", () => {
	it("is checked before weights are fetched, with what is there already taken off", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		const total = TINY_FILES.reduce((sum, name) => sum + hub.entries.get(name)!.content.byteLength, 0);
		const error = await failure(pull({ freeBytes: async () => total - 1 }));
		assert.equal(error.code, "download_failed");
		assert.match(error.detail, /^not enough disk space: 300\.0 kB to download, but .* has 300\.0 kB free$/);
		assert.equal(hub.sent(WEIGHTS), 0);
		const spare = await failure(pull({ freeBytes: async () => total, spareRoom: 0.5 }));
		assert.match(spare.detail, /300\.0 kB to download and at least 150\.0 kB to convert, but/);
		await pull({ freeBytes: async () => total });
		sameAsListed(hub, directory);
		await pull({ freeBytes: async () => 0 });
	});
	it("that cannot be written to is named", async (t) => {
		const { directory, pull } = await setUp(t);
		writeFileSync(directory, "a file");
		assert.match((await failure(pull())).detail, /cannot be read or written \((?:EEXIST|ENOTDIR)\)$/);
	});
});

describe("a second pull", () => {
	it("fetches nothing, and asks nothing where the commit is given", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		await pull();
		hub.seen.length = 0;
		const again = await pull();
		assert.deepEqual([again.downloadedBytes, again.commit, hub.seen.length], [0, hub.commit, 1]);
		assert.equal((await pull({ revision: hub.commit })).downloadedBytes, 0);
		assert.equal(hub.seen.length, 1);
		assert.deepEqual([...again.files].sort(), visible(directory));
	});
	it("mends what is missing or cut short", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		await pull();
		writeFileSync(join(directory, WEIGHTS), "short");
		rmSync(join(directory, "tokenizer.json"));
		await pull();
		sameAsListed(hub, directory);
		assert.equal(hub.seen.filter(isFile("config.json", "hub")).length, 1);
	});
	it("notices another commit, fetches what changed and takes away what is no longer there", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		const before = (await pull()).commit;
		hub.commit = "f".repeat(40);
		hub.entries.delete("generation_config.json");
		hub.entries.set("tokenizer.json", text({ version: "2.0" }));
		const result = await pull();
		assert.equal(result.previousCommit, before);
		assert.deepEqual(visible(directory), ["config.json", WEIGHTS, "tokenizer.json"]);
		sameAsListed(hub, directory);
		assert.equal(hub.sent(WEIGHTS), SIZE);
	});
	it("that fails leaves the first as it was", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		await pull();
		hub.commit = "f".repeat(40);
		hub.entries.set(WEIGHTS, large(SIZE, 4));
		hub.rules.push(always(isFile(WEIGHTS), { cutAfter: 1000, ignoreRange: true }));
		await failure(pull());
		assert.deepEqual(visible(directory), TINY_FILES);
		assert.ok(readFileSync(join(directory, WEIGHTS)).equals(TINY[WEIGHTS]!.content));
	});
	it("of another repository into the same directory is refused", async (t) => {
		const { directory, pull } = await setUp(t);
		await pull();
		const error = await failure(pull({ repo: "acme/other" }));
		assert.equal(error.code, "invalid_config");
		assert.match(error.detail, /holds acme\/tiny; give another directory for acme\/other$/);
		assert.deepEqual(visible(directory), TINY_FILES);
	});
	it("over files that nobody pulled is refused, unless they are the same", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		mkdirSync(directory);
		writeFileSync(join(directory, "config.json"), TINY["config.json"]!.content);
		writeFileSync(join(directory, WEIGHTS), "my own");
		const error = await failure(pull());
		assert.match(error.detail, /^model\.safetensors in .* was not pulled from the hub; give another directory$/);
		assert.equal(readFileSync(join(directory, WEIGHTS), "utf8"), "my own");
		rmSync(join(directory, WEIGHTS));
		await pull();
		assert.ok(!hub.seen.some(isFile("config.json", "hub")));
	});
});

describe("an abort", () => {
	it("ends the pull while it waits, reads or has not begun, and lets it go on later", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		const before = await failure(pull({ signal: AbortSignal.abort() }));
		assert.equal(before.code, "aborted");
		assert.deepEqual(hub.seen, []);
		const stop = new AbortController();
		hub.rules.push(first(1, isFile("config.json", "hub"), { status: 500 }));
		const wait = async (): Promise<void> => stop.abort();
		const waiting = await failure(
			pull({ signal: stop.signal, timing: { idleTimeoutMs: 9000, wait, random: () => 0 } }),
		);
		assert.equal(waiting.code, "aborted");
		await pull();
		sameAsListed(hub, directory);
	});
});
