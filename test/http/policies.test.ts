import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { createLog } from "../../src/log.ts";
import { createLivePolicies, hashText, type LivePolicies, readPolicySet } from "../../src/policies/index.ts";
import { policyDirectory, policyText } from "../policies/policy-directory.ts";
import { createHarness, type Harness } from "./harness.ts";

const OLD = policyText("hate");
const NEW = policyText("hate", 0.8);
const YAML = { "content-type": "application/yaml" };

async function open(t: TestContext, allowsPolicyWrites = true): Promise<Harness> {
	const directory = await policyDirectory(t, { hate: OLD, rude: policyText("rude") });
	const log = createLog({ level: "silent" });
	const initial = await readPolicySet(directory);
	const livePolicies: LivePolicies = createLivePolicies({
		...{ directory, initial, log },
		check: async () => {},
		use: async () => {},
	});
	t.after(() => livePolicies.close());
	return createHarness({ livePolicies, allowsPolicyWrites });
}

const put = (h: Harness, id: string, body: string, headers: Record<string, string>): Promise<Response> =>
	Promise.resolve(h.app.request(`/v1/policies/${id}`, { method: "PUT", headers: { ...YAML, ...headers }, body }));
const etag = (text: string): string => `"${hashText(text)}"`;

describe("the routes on policies", () => {
	it("list them with versions and content hashes, and give one with its text and ETag", async (t) => {
		const h = await open(t);
		const list = await (await h.app.request("/v1/policies")).json();
		assert.deepEqual(list.data, [
			{ id: "hate", object: "policy", title: "hate", version: 1, hash: hashText(OLD), active: true },
			{ id: "rude", object: "policy", title: "rude", version: 1, hash: hashText(policyText("rude")), active: true },
		]);
		assert.match(list.hash, /^sha256:[0-9a-f]{64}$/);
		assert.match(list.fingerprint, /^sha256:[0-9a-f]{64}$/);
		const response = await h.app.request("/v1/policies/hate");
		assert.equal(response.headers.get("etag"), etag(OLD));
		assert.equal((await response.json()).text, OLD);
		assert.equal((await h.app.request("/v1/policies/none")).status, 404);
	});
	it("write one in YAML or JSON, list its versions and roll it back", async (t) => {
		const h = await open(t);
		const written = await put(h, "hate", NEW, { "if-match": etag(OLD) });
		assert.equal(written.status, 200, await written.clone().text());
		assert.deepEqual([written.headers.get("etag"), (await written.json()).version], [etag(NEW), 2]);
		const back = await h.post("/v1/policies/hate/rollback", { version: 1 }, { "if-match": etag(NEW) });
		assert.deepEqual([back.status, (await back.json()).text], [200, OLD]);
		const versions = (await (await h.app.request("/v1/policies/hate/versions")).json()).data;
		assert.deepEqual(
			versions.map((v: { version: number; current: boolean }) => [v.version, v.current]),
			[[3, true], [2, false], [1, false]], // biome-ignore format: newest first
		);
		const json = JSON.stringify({
			...{ id: "spam", title: "Spam", guideline: "None.", scorer: { kind: "head", head: "spam" }, maps: {} },
			thresholds: { flag: 0.5, block: 0.9, target: "made up" },
			examples: [
				{ text: "a", violates: true },
				{ text: "b", violates: false },
			],
		});
		assert.equal(
			(await put(h, "spam", json, { "content-type": "application/json", "if-none-match": "*" })).status,
			200,
		);
	});
	it("lose no update: If-Match is needed and has to be the newest ETag", async (t) => {
		const h = await open(t);
		assert.equal((await put(h, "hate", NEW, {})).status, 428);
		assert.equal((await put(h, "hate", NEW, { "if-none-match": "*" })).status, 412);
		assert.equal((await put(h, "hate", NEW, { "if-match": etag(NEW) })).status, 412);
		assert.equal((await put(h, "hate", NEW, { "if-match": `"x", ${etag(OLD)}` })).status, 200);
		assert.equal((await put(h, "hate", OLD, { "if-match": etag(OLD) })).status, 412);
	});
	it("refuse what is no policy, and quote nothing of its texts", async (t) => {
		const h = await open(t);
		const secret = "verysecretwords";
		const cases: [string, Record<string, string>, number][] = [
			[`id: [ ${secret}`, {}, 400],
			[policyText("hate", 0.9, { bad: secret }).replace("flag: 0.5", "flag: 5"), {}, 400],
			["x".repeat(70_000), {}, 413],
			[NEW, { "content-type": "text/plain" }, 415],
			[NEW, { "if-match": `W/${etag(OLD)}` }, 400],
			[NEW, { "if-none-match": '"x"' }, 400],
			["", {}, 400],
			[`a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]`, {}, 400], // biome-ignore format: one case
		];
		for (const [body, headers, status] of cases) {
			const response = await put(h, "hate", body, { "if-match": etag(OLD), ...headers });
			const text = await response.text();
			assert.equal(response.status, status, text);
			assert.ok(!text.includes(secret), text);
		}
		assert.ok(!h.lines.join("").includes(secret));
		assert.equal((await h.post("/v1/policies/hate/rollback", { version: 0 }, { "if-match": etag(OLD) })).status, 400);
	});
	it("change nothing through an address that others can reach", async (t) => {
		const h = await open(t, false);
		assert.equal((await put(h, "hate", NEW, { "if-match": etag(OLD) })).status, 501);
		const back = await h.post("/v1/policies/hate/rollback", { version: 1 }, { "if-match": etag(OLD) });
		assert.equal(back.status, 501);
		assert.equal((await (await h.app.request("/v1/policies/hate")).json()).text, OLD);
	});
	it("say so where policies are not read from a directory", async () => {
		const response = await createHarness().app.request("/v1/policies");
		assert.equal(response.status, 501);
	});
});
