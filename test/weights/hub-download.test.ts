import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { PullProgress } from "../../src/weights/hub.ts";
import { first } from "./hub-double.ts";
import {
	always,
	cutAt,
	failure,
	files,
	isFile,
	large,
	root,
	type Setup,
	SIZE,
	sameAsListed,
	setUp,
	visible,
	WEIGHTS,
} from "./hub-setup.ts";

describe("a cut connection", () => {
	it("is resumed by range: every byte travels once", async (t) => {
		const { hub, directory, waits, pull } = await setUp(t);
		await pull({ onProgress: cutAt(hub, WEIGHTS, 100_000) });
		sameAsListed(hub, directory);
		assert.equal(hub.sent(WEIGHTS), SIZE);
		const asked = hub.seen.filter(isFile(WEIGHTS)).map(({ headers }) => headers);
		assert.deepEqual(
			asked.map(({ range }) => range),
			[undefined, "bytes=100000-"],
		);
		assert.match(String(asked[1]?.["if-range"]), /^"[0-9a-f]{32}"$/);
		assert.deepEqual(waits, [375]);
	});
	it("may come any number of times as long as the file grows", async (t) => {
		const { hub, directory, waits, pull } = await setUp(t);
		hub.rules.push(always(isFile(WEIGHTS), { stallAfter: 25_000 }));
		let next = 25_000;
		const onProgress = ({ bytes, totalBytes }: PullProgress): void => {
			const ofWeights = bytes - (totalBytes - SIZE);
			if (ofWeights < next || ofWeights === SIZE) return;
			next += 25_000;
			hub.cut();
		};
		await pull({ onProgress });
		sameAsListed(hub, directory);
		assert.equal(hub.sent(WEIGHTS), SIZE);
		assert.equal(waits.length, 11);
	});
	it("in one process is resumed by the next", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		const stop = new AbortController();
		hub.rules.push(first(1, isFile(WEIGHTS), { stallAfter: 120_000 }));
		const onProgress = ({ bytes }: PullProgress): void => {
			if (bytes >= 120_000) stop.abort();
		};
		const error = await failure(pull({ signal: stop.signal, onProgress }));
		assert.equal(error.code, "aborted");
		assert.deepEqual(visible(directory), []);
		const seen: PullProgress[] = [];
		const result = await pull({ onProgress: (progress) => seen.push(progress) });
		sameAsListed(hub, directory);
		assert.equal(hub.sent(WEIGHTS), SIZE);
		assert.equal(hub.sent("tokenizer.json"), hub.entries.get("tokenizer.json")!.content.byteLength);
		assert.ok(seen[0]!.bytes >= 120_000 && result.downloadedBytes <= SIZE - 120_000);
	});
	it("is given up after a while without progress, with waits that double up to a limit", async (t) => {
		const { hub, waits, pull } = await setUp(t);
		hub.rules.push(always(isFile(WEIGHTS), { cutAfter: 0 }));
		const error = await failure(pull());
		assert.equal(error.code, "download_failed");
		assert.match(error.detail, /^the connection to 127\.0\.0\.1:\d+ broke/);
		assert.deepEqual(waits, [375, 750, 1500, 3000, 6000, 12_000, 22_500, 22_500]);
	});
	it("that always comes at the same place ends too, when the server knows no ranges", async (t) => {
		const { hub, waits, pull } = await setUp(t);
		hub.rules.push(always(isFile(WEIGHTS), { cutAfter: 50_000, ignoreRange: true }));
		await failure(pull());
		assert.ok(waits.length <= 12, String(waits.length));
	});
	it("of a hub that cannot be reached is said so", async (t) => {
		const { hub, waits, pull } = await setUp(t);
		await hub.close();
		t.mock.method(hub, "close", async () => {});
		const error = await failure(pull());
		assert.match(
			error.detail,
			/^cannot reach 127\.0\.0\.1:\d+ \(ECONNREFUSED\): check the network connection and HF_ENDPOINT$/,
		);
		assert.equal(waits.length, 3);
	});
	it("that went silent counts as cut", async (t) => {
		const { hub, directory, waits, pull } = await setUp(t);
		hub.rules.push(first(1, isFile(WEIGHTS), { stallAfter: 1000 }));
		const wait = async (ms: number): Promise<void> => void waits.push(ms);
		await pull({ timing: { idleTimeoutMs: 300, wait, random: () => 0 } });
		sameAsListed(hub, directory);
		assert.deepEqual(waits, [250]);
	});
});

describe("a part", () => {
	/** Leaves the first 100,000 bytes of the weights in the directory. */
	async function leavePart({ hub, pull }: Setup): Promise<void> {
		const stop = new AbortController();
		hub.rules.push(first(1, isFile(WEIGHTS), { stallAfter: 100_000 }));
		const onProgress = ({ bytes }: PullProgress): void => void (bytes >= 100_000 && stop.abort());
		await failure(pull({ signal: stop.signal, onProgress }));
	}
	it("is fetched anew from a server that ignores ranges", async (t) => {
		const setup = await setUp(t);
		await leavePart(setup);
		setup.hub.rules.push(always(isFile(WEIGHTS), { ignoreRange: true }));
		await setup.pull();
		sameAsListed(setup.hub, setup.directory);
		assert.equal(setup.hub.sent(WEIGHTS), 100_000 + SIZE);
	});
	it("is fetched anew when the server has another version, whether or not it heeds If-Range", async (t) => {
		for (const ignoreIfRange of [false, true]) {
			const setup = await setUp(t);
			await leavePart(setup);
			setup.hub.rules.push(always(isFile(WEIGHTS), { etag: '"another"', ignoreIfRange }));
			await setup.pull();
			sameAsListed(setup.hub, setup.directory);
			assert.ok(setup.hub.sent(WEIGHTS) >= 100_000 + SIZE);
		}
	});
	it("of another version of the file is not used", async (t) => {
		const setup = await setUp(t);
		await leavePart(setup);
		setup.hub.entries.set(WEIGHTS, large(SIZE, 9));
		const seen: PullProgress[] = [];
		await setup.pull({ onProgress: (progress) => seen.push(progress) });
		assert.ok(seen[0]!.bytes < 100_000);
		sameAsListed(setup.hub, setup.directory);
		assert.ok(setup.hub.seen.every(({ headers }) => headers.range === undefined));
	});
	it("that was damaged on disk is found by its hash and fetched anew", async (t) => {
		const setup = await setUp(t);
		await leavePart(setup);
		const part = join(setup.directory, `.${WEIGHTS}.part`);
		const bytes = readFileSync(part);
		bytes[5]! ^= 1;
		writeFileSync(part, bytes);
		await setup.pull();
		sameAsListed(setup.hub, setup.directory);
	});
	it("longer than the file is of no use", async (t) => {
		const setup = await setUp(t);
		await leavePart(setup);
		writeFileSync(join(setup.directory, `.${WEIGHTS}.part`), new Uint8Array(SIZE + 1));
		await setup.pull();
		sameAsListed(setup.hub, setup.directory);
	});
});

describe("wrong content", () => {
	it("is fetched again once; then the error names the file and both hashes, and nothing is left", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		const wrong = large(SIZE, 7).content;
		const sha = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
		hub.rules.push(first(1, isFile(WEIGHTS), { content: wrong }));
		await pull();
		sameAsListed(hub, directory);
		hub.rules.push(always(isFile(WEIGHTS), { content: wrong }));
		const again = join(root, "wrong-hash");
		const error = await failure(pull({ directory: again }));
		assert.equal(error.code, "download_failed");
		assert.match(error.detail, /^model\.safetensors has the wrong content, twice/);
		assert.ok(error.detail.includes(sha(wrong)) && error.detail.includes(sha(hub.entries.get(WEIGHTS)!.content)));
		assert.deepEqual(
			files(again).filter((name) => name.includes(WEIGHTS)),
			[],
		);
	});
	it("of small files is found by git's hash", async (t) => {
		const { hub, pull } = await setUp(t);
		const content = Buffer.from(JSON.stringify({ model_type: "evil" }));
		hub.rules.push(always(isFile("config.json", "hub"), { content }));
		assert.match((await failure(pull())).detail, /^config\.json has the wrong content/);
	});
	it("of another length is not even read", async (t) => {
		const { hub, directory, waits, pull } = await setUp(t);
		hub.rules.push(first(1, isFile(WEIGHTS), { headers: { "content-length": "1000" } }));
		hub.rules.push(first(1, isFile(WEIGHTS), { content: large(SIZE + 10).content }));
		await pull();
		sameAsListed(hub, directory);
		assert.equal(waits.length, 2);
		hub.rules.push(always(isFile(WEIGHTS), { headers: { "content-length": "1000" } }));
		const error = await failure(pull({ directory: join(root, "short") }));
		assert.match(error.detail, /offers 1000 bytes of model\.safetensors, the hub lists 300000$/);
	});
	it("without a stated length is cut off where it gets too long", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		const chunked = {
			content: large(SIZE + 10).content,
			headers: { "content-length": "", "transfer-encoding": "chunked" },
		};
		hub.rules.push(first(1, isFile(WEIGHTS), chunked));
		await pull();
		sameAsListed(hub, directory);
	});
	it("announced by the hub's own headers is not written", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		const headers = { location: `${hub.storage}/objects/${WEIGHTS}`, "x-linked-size": "5" };
		hub.rules.push(always(isFile(WEIGHTS, "hub"), { status: 302, headers }));
		assert.match((await failure(pull())).detail, /^the hub announces another model\.safetensors than it lists$/);
		assert.equal(readFileSync(join(directory, `.${WEIGHTS}.part`)).byteLength, 0);
	});
});
