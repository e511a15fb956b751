import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createManifestSource, type ManifestSource } from "../../src/edge/manifest.ts";
import type { EdgeManifest } from "../../src/http/protocols/edge.ts";
import { fakePolicy } from "../fake-moderator.ts";
import { createFakeCache, createFakeOrigin, createKeptLog, type FakeCache, type FakeOrigin } from "./fake-parts.ts";

const manifest = (hash = "sha256:1"): EdgeManifest => ({
	...{ policies: [fakePolicy("hate")], model: { id: "fake-guard", hash }, maxCharacters: 1000 },
});
const away = (): never => {
	throw new Error("away");
};

interface Opened {
	readonly source: ManifestSource;
	readonly origin: FakeOrigin;
	readonly lines: string[];
	/** Lets time pass. */
	later(ms: number): void;
}

function open(answer: FakeOrigin["answer"], cache?: FakeCache): Opened {
	let nowMs = 1_800_000_000_000;
	const origin = createFakeOrigin(answer);
	const { log, lines } = createKeptLog();
	const source = createManifestSource(origin, { cache, log, now: () => nowMs });
	return {
		...{ source, origin, lines },
		later(ms) {
			nowMs += ms;
		},
	};
}

describe("what an edge knows of its origin", () => {
	it("is asked for once, and again after half a minute", async () => {
		const { source, origin, later } = open(() => Response.json(manifest()));
		assert.deepEqual(await source.current(), manifest());
		later(29_999);
		await source.current();
		assert.equal(origin.asked.length, 1);
		later(1);
		await source.current();
		assert.deepEqual(
			origin.asked.map(({ method, path, caller }) => [method, path, caller]),
			[
				["GET", "/edge/manifest", undefined],
				["GET", "/edge/manifest", undefined],
			],
		);
	});

	it("is the same object as long as the origin says the same, and another one when it does not", async () => {
		let hash = "sha256:1";
		const { source, later } = open(() => Response.json(manifest(hash)));
		const first = await source.current();
		later(30_000);
		assert.equal(await source.current(), first);
		hash = "sha256:2";
		later(30_000);
		assert.equal((await source.current())?.model.hash, "sha256:2");
	});

	it("that is forgotten is asked for at once, and stands until the answer", async () => {
		let hash = "sha256:1";
		const { source, origin } = open(() => Response.json(manifest(hash)));
		await source.current();
		hash = "sha256:2";
		source.forget();
		assert.equal((await source.current())?.model.hash, "sha256:2");
		origin.answer = away;
		source.forget();
		assert.equal((await source.current())?.model.hash, "sha256:2");
	});

	it("is asked for by one request at a time: without it the others wait, with it they go on", async () => {
		let answer = (_: Response): void => {};
		const pending = (): Promise<Response> => new Promise((resolve) => (answer = resolve));
		const { source, origin, later } = open(pending);
		const waiting = [source.current(), source.current(), source.current()];
		answer(Response.json(manifest("sha256:1")));
		assert.deepEqual(
			(await Promise.all(waiting)).map((of) => of?.model.hash),
			["sha256:1", "sha256:1", "sha256:1"],
		);
		assert.equal(origin.asked.length, 1);
		later(30_000);
		const asking = source.current();
		assert.equal((await source.current())?.model.hash, "sha256:1", "the known one, at once");
		answer(Response.json(manifest("sha256:2")));
		assert.equal((await asking)?.model.hash, "sha256:2");
		assert.equal(origin.asked.length, 2);
	});

	it("a request that never ends, as one whose caller has left may, holds up the others no longer than its time limit", async () => {
		const { source, origin, later } = open(() => new Promise(() => {}));
		void source.current();
		const waiting = source.current();
		origin.answer = () => Response.json(manifest());
		later(3_020);
		assert.deepEqual(await waiting, manifest());
		assert.equal(origin.asked.length, 2);
		assert.ok(origin.asked[0]!.signal instanceof AbortSignal);
	});

	it("is kept, for where the origin is away when an edge starts; it is asked for again after 3 seconds", async () => {
		const cache = createFakeCache();
		await open(() => Response.json(manifest()), cache).source.current();
		assert.deepEqual([...cache.entries.keys()], ["manifest"]);
		const { source, origin, lines, later } = open(away, cache);
		assert.deepEqual(await source.current(), manifest());
		await source.current();
		assert.equal(origin.asked.length, 1);
		later(3_000);
		origin.answer = () => Response.json(manifest("sha256:2"));
		assert.equal((await source.current())?.model.hash, "sha256:2");
		assert.deepEqual(
			lines.map((line) => JSON.parse(line)).map(({ level, error, known }) => [level, error, known]),
			[["warn", "Error", true]],
		);
	});

	it("is unknown where nobody has said it, and asked for again after 3 seconds", async () => {
		const { source, origin, later } = open(away, createFakeCache());
		assert.equal(await source.current(), undefined);
		assert.equal(await source.current(), undefined);
		assert.equal(origin.asked.length, 1);
		later(3_000);
		origin.answer = () => Response.json(manifest());
		assert.deepEqual(await source.current(), manifest());
	});

	it("an answer or a kept copy that is none changes nothing, and what it says is in no log line", async () => {
		const cache = createFakeCache();
		const secret = "words that nobody shall log";
		for (const kept of ["{", JSON.stringify({ policies: secret })]) {
			cache.entries.set("manifest", kept);
			for (const body of [secret, "{", "null", JSON.stringify({ error: secret }), JSON.stringify({ policies: [] })]) {
				const { source, lines } = open(() => new Response(body), cache);
				assert.equal(await source.current(), undefined, body);
				assert.equal(lines.length === 1 && !lines[0]!.includes("words"), true);
			}
		}
		const { source, origin } = open(() => Response.json(manifest()));
		await source.current();
		origin.answer = () => new Response(secret, { status: 500 });
		source.forget();
		assert.deepEqual(await source.current(), manifest());
	});
});
