import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toWireVerdict, type WireVerdict } from "../../src/dispatch/index.ts";
import { createEdgeCache } from "../../src/edge/cache.ts";
import { createVerdictCache } from "../../src/edge/verdict-cache.ts";
import type { Content, Policy } from "../../src/types.ts";
import { createFakeModerator, fakePolicy } from "../fake-moderator.ts";
import { createFakeCache, SECRET } from "./fake-parts.ts";

const MODEL = { id: "fake-guard", hash: "sha256:0000" };
const POLICIES = [fakePolicy("hate"), fakePolicy("violence")];
const TEXT = "bad words of some user";

async function judge(contents: readonly Content[], policies: readonly Policy[] = POLICIES): Promise<WireVerdict[]> {
	return (await createFakeModerator({ policies }).moderate(contents)).map(toWireVerdict);
}

describe("verdicts remembered at the edge", () => {
	it("are found for the very same text, in the order asked, as long as the settings say", async () => {
		const cache = createFakeCache();
		const verdicts = createVerdictCache(cache, SECRET, 60);
		const exchange = { prompt: TEXT, response: "fine" };
		const contents = [TEXT, exchange];
		const kept = await judge(contents);
		await verdicts.keep(POLICIES, MODEL, { contents, verdicts: kept });
		assert.deepEqual(
			await verdicts.find(POLICIES, MODEL, [exchange, "other", TEXT, `${TEXT} `, { prompt: "", response: TEXT }]),
			JSON.parse(JSON.stringify([kept[1], null, kept[0], null, null])).map((of: unknown) => of ?? undefined),
		);
		assert.deepEqual(cache.seconds, [60, 60]);
	});

	it("lie under a name that says nothing of the text, and hold none of it", async () => {
		const cache = createFakeCache();
		await createVerdictCache(cache, SECRET, 60).keep(POLICIES, MODEL, {
			contents: [TEXT],
			verdicts: await judge([TEXT]),
		});
		const [[name, entry]] = [...cache.entries] as [[string, string]];
		assert.match(name, /^verdict\/[0-9a-f]{64}$/);
		for (const word of TEXT.split(" ")) assert.equal(name.includes(word) || entry.includes(word), false, word);
		// without the secret nobody can try out texts: an equal text has another name with another secret
		const other = createFakeCache();
		await createVerdictCache(other, `${SECRET}!`, 60).keep(POLICIES, MODEL, {
			contents: [TEXT],
			verdicts: await judge([TEXT]),
		});
		assert.notEqual([...other.entries.keys()][0], name);
	});

	it("are not found under another model, threshold, guideline, policy or set of policies", async () => {
		const cache = createFakeCache();
		const verdicts = createVerdictCache(cache, SECRET, 60);
		await verdicts.keep(POLICIES, MODEL, { contents: [TEXT], verdicts: await judge([TEXT]) });
		const [hate, violence] = POLICIES as [Policy, Policy];
		const finds = async (policies: readonly Policy[], model = MODEL): Promise<boolean> =>
			(await verdicts.find(policies, model, [TEXT]))[0] !== undefined;
		assert.equal(await finds(POLICIES), true);
		for (const policies of [
			[hate],
			[violence, hate],
			[hate, { ...violence, guideline: "Another." }],
			[hate, { ...violence, thresholds: { ...violence.thresholds, flag: 0.6 } }],
			[hate, { ...violence, scorer: { kind: "head" as const, head: "other" } }],
		])
			assert.equal(await finds(policies), false, JSON.stringify(policies));
		assert.equal(await finds(POLICIES, { ...MODEL, hash: "sha256:0001" }), false);
	});

	it("are only those by scores: what was declared, failed, or lacked a score or its budget is asked for again", async () => {
		const cache = createFakeCache();
		const verdicts = createVerdictCache(cache, SECRET, 60);
		const [good] = await judge([TEXT]);
		const [decision] = good!.decisions;
		const instead = { action: "block", reason: "failed" } as const;
		const kept = [
			{ ...good!, decisions: [{ ...decision!, instead }] },
			{ ...good!, decisions: [decision!, { ...decision!, lacked: "offline" }] } as unknown as WireVerdict,
			{ ...good!, risks: [0.1, null] },
			good!,
		];
		const contents = ["declared", "lacking", "without a score", "good"];
		await verdicts.keep(POLICIES, MODEL, { contents, verdicts: kept });
		const found = await verdicts.find(POLICIES, MODEL, contents);
		assert.deepEqual(
			found.map((of) => of !== undefined),
			[false, false, false, true],
		);
	});

	it("of requests with more texts than a worker may look up are neither kept nor looked for", async () => {
		const cache = createFakeCache();
		const verdicts = createVerdictCache(cache, SECRET, 60);
		const contents = Array.from({ length: 21 }, (_, i) => `text ${i}`);
		const judged = await judge(contents);
		await verdicts.keep(POLICIES, MODEL, { contents, verdicts: judged });
		assert.equal(cache.entries.size, 0);
		await verdicts.keep(POLICIES, MODEL, { contents: contents.slice(1), verdicts: judged.slice(1) });
		assert.equal(cache.entries.size, 20);
		assert.deepEqual(await verdicts.find(POLICIES, MODEL, contents), Array(21).fill(undefined));
	});

	it("that cannot be read are none, and a cache that fails remembers nothing", async () => {
		const damaged = createFakeCache();
		const verdicts = createVerdictCache(damaged, SECRET, 60);
		await verdicts.keep(POLICIES, MODEL, { contents: [TEXT], verdicts: await judge([TEXT]) });
		damaged.entries.set([...damaged.entries.keys()][0]!, "{");
		assert.deepEqual(await verdicts.find(POLICIES, MODEL, [TEXT]), [undefined]);
		const fail = async (): Promise<never> => {
			throw new Error("Too many subrequests.");
		};
		const failing = createEdgeCache({ match: fail, put: fail });
		await failing.put("name", "text", 60);
		assert.equal(await failing.get("name"), undefined);
	});

	it("reach the platform under an address that nobody can ask for, with their time", async () => {
		const put: [string, string | null, string][] = [];
		const cache = createEdgeCache({
			match: async (url) => (url.endsWith("/known") ? new Response("text") : undefined),
			async put(url, response) {
				put.push([url, response.headers.get("cache-control"), await response.text()]);
			},
		});
		await cache.put("name", "text", 60);
		assert.deepEqual(put, [["https://sluice-edge.invalid/name", "max-age=60", "text"]]);
		assert.deepEqual([await cache.get("known"), await cache.get("unknown")], ["text", undefined]);
	});
});
