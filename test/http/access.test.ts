import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import OpenAI, { AuthenticationError, PermissionDeniedError, RateLimitError } from "openai";
import type { Access } from "../../src/http/access.ts";
import type { Problem } from "../../src/http/problem.ts";
import { createRateLimits } from "../../src/http/rate-limit.ts";
import { ROUTES } from "../../src/http/routes/index.ts";
import { scopeOf } from "../../src/http/scopes.ts";
import { type HttpServer, listen } from "../../src/http/server.ts";
import { hashSecret, type Key, type KeyRing, SCOPES, type Scope } from "../../src/keys/index.ts";
import { type Bench, openBench, requestLine } from "../batch/harness.ts";
import { createHarness, type Harness } from "./harness.ts";

const toSecret = (name: string): string => `sluice_${hashSecret(name).toString("hex").slice(0, 48)}`;

/** A ring of keys by name; the secret is made from the name. */
function ringOf(keys: Record<string, Partial<Key>>): KeyRing {
	const bySecret = new Map(
		Object.entries(keys).map(([name, key], i): [string, Key] => [
			toSecret(name),
			{
				...{
					id: `key_${String(i).padStart(16, "0")}`,
					name,
					tenant: "default",
					scopes: SCOPES,
					expiresMs: null,
					grant: {},
				},
				limits: { requestsPerMinute: null, charactersPerMinute: null, ...key.limits },
				...{ createdMs: 0, revokedMs: null },
				...key,
			},
		]),
	);
	return { find: (secret) => bySecret.get(secret), hasKeys: () => bySecret.size > 0 };
}

function accessOf(keys: Record<string, Partial<Key>>, isRequired = true): Access {
	return { keys: ringOf(keys), limits: createRateLimits(), isRequired };
}

const bearer = (name: string): Record<string, string> => ({ authorization: `Bearer ${toSecret(name)}` });

describe("scopes", () => {
	const keys = Object.fromEntries(SCOPES.map((scope) => [scope, { scopes: [scope] }]));
	const h = createHarness({ access: accessOf(keys) });

	it("every route asks for a scope; without a key only public ones answer, with one those of its scopes", async () => {
		for (const { config } of ROUTES) {
			const wanted = scopeOf(config);
			const target = config.path.replaceAll(/\{\w+\}/g, "x");
			const ask = async (headers: Record<string, string>): Promise<number> =>
				(await h.app.request(target, { method: config.method.toUpperCase(), headers })).status;
			assert.equal((await ask({})) === 401, wanted !== "public", config.path);
			for (const scope of SCOPES) {
				const status = await ask(bearer(scope));
				if (wanted === "service") {
					assert.equal(status, 401, `${config.path}: a key is no service token`);
					continue;
				}
				assert.equal(
					status === 403,
					wanted !== "public" && scope !== wanted,
					`${config.method} ${config.path} ${scope}`,
				);
				assert.notEqual(status, 401);
			}
		}
		assert.throws(() => scopeOf({ path: "/v1/new", method: "get" }), /asks for no scope/);
	});
});

describe("keys of requests", () => {
	const keys = { good: {}, other: { scopes: ["batch"] as Scope[] } };

	it("are taken where OpenAI's, Azure's and Google's clients put them, and appear in no log line", async () => {
		const h = createHarness({ access: accessOf(keys) });
		const secret = toSecret("good");
		const places: [string, Record<string, string>][] = [
			["", { authorization: `Bearer ${secret}` }],
			["", { authorization: `bearer ${secret}` }],
			["", { "x-api-key": secret }],
			["", { "ocp-apim-subscription-key": secret }],
			["", { "x-goog-api-key": secret }],
			[`?key=${secret}`, {}],
			["", { authorization: "Bearer for-the-upstream", "x-api-key": secret }],
		];
		for (const [query, headers] of places) {
			const response = await h.post(`/v1/moderations${query}`, { input: "a" }, headers);
			assert.equal(response.status, 200, JSON.stringify([query, Object.keys(headers)]));
		}
		assert.equal(h.lines.join("\n").includes(secret.slice(7)), false);
	});
	it("401 without one or with a wrong one, 403 without the scope, in each format's own words", async () => {
		const h = createHarness({ access: accessOf(keys) });
		for (const path of [
			"/v1/moderations",
			"/v1alpha1/comments:analyze",
			"/v2/documents:moderateText",
			"/contentsafety/text:analyze",
		]) {
			const none = await h.post(path, {});
			assert.equal(none.status, 401, path);
			assert.equal(none.headers.get("www-authenticate"), "Bearer");
			const wrong = await h.post(path, {}, { authorization: `Bearer ${toSecret("unknown")}` });
			assert.equal(wrong.status, 401);
			assert.equal((await wrong.text()).includes(toSecret("unknown").slice(7)), false);
			assert.equal((await h.post(path, {}, bearer("other"))).status, 403);
		}
	});
	it("are not asked for on this machine by default, and count where they are known", async () => {
		const h = createHarness({
			access: accessOf({ limited: { limits: { requestsPerMinute: 1, charactersPerMinute: null } } }, false),
		});
		assert.equal((await h.post("/v1/moderations", { input: "a" })).status, 200);
		assert.equal((await h.post("/v1/moderations", { input: "a" }, { authorization: "Bearer sk-made-up" })).status, 200);
		assert.equal((await h.post("/v1/moderations", { input: "a" }, bearer("limited"))).status, 200);
		assert.equal((await h.post("/v1/moderations", { input: "a" }, bearer("limited"))).status, 429);
	});
	it("429 for an address that tries many wrong ones; right ones go on, for behind a proxy all have one address", async () => {
		const h = createHarness({ access: accessOf(keys) });
		const statuses = new Set<number>();
		for (let i = 0; i < 40; i++) statuses.add((await h.post("/v1/moderations", {}, bearer(`guess ${i}`))).status);
		assert.deepEqual(statuses, new Set([401, 429]));
		const refused = await h.post("/v1/moderations", { input: "a" }, bearer("one more guess"));
		assert.ok(Number(refused.headers.get("retry-after")) >= 1);
		assert.equal((await h.post("/v1/moderations", { input: "a" }, bearer("good"))).status, 200);
		assert.equal((await h.post("/v1/moderations", { input: "a" })).status, 401, "no key at all is no guess");
	});
});

describe("limits of a key", () => {
	it("requests per minute: what is left is told, then 429 with Retry-After; other keys are not touched", async () => {
		const limits = { requestsPerMinute: 2, charactersPerMinute: null };
		const h = createHarness({ access: accessOf({ a: { limits }, b: { limits } }) });
		const ask = (name: string) => h.post("/v1/moderations", { input: "a" }, bearer(name));
		const first = await ask("a");
		assert.equal(first.headers.get("ratelimit-policy"), '"requests";q=2;w=60');
		assert.match(first.headers.get("ratelimit") ?? "", /^"requests";r=1;t=(60|59)$/);
		assert.equal(first.headers.get("x-ratelimit-remaining-requests"), "1");
		await ask("a");
		const third = await ask("a");
		assert.equal(third.status, 429);
		assert.equal(((await third.json()) as Problem).error.code, "rate_limited");
		assert.ok(Number(third.headers.get("retry-after")) > 0 && Number(third.headers.get("retry-after")) <= 60);
		assert.equal(third.headers.get("x-ratelimit-remaining-requests"), "0");
		assert.equal((await ask("b")).status, 200);
	});
	it("characters per minute: by what is judged, and a refused text uses nothing up", async () => {
		const limits = { requestsPerMinute: null, charactersPerMinute: 100 };
		const h = createHarness({ access: accessOf({ a: { limits } }) });
		const ask = async (characters: number): Promise<number> =>
			(await h.post("/v1/moderations", { input: "x".repeat(characters) }, bearer("a"))).status;
		assert.deepEqual([await ask(60), await ask(60), await ask(40), await ask(1)], [200, 429, 200, 429]);
	});
});

describe("policies and thresholds of a key", () => {
	const h = createHarness({
		risk: (text, policy) =>
			policy === "hate" ? (text.includes("bad") ? 0.6 : 0.01) : policy === "violence" ? 0.7 : 0.01,
		access: accessOf({
			all: {},
			hate: { grant: { policies: ["hate"] } },
			strict: { grant: { policies: ["hate"], thresholds: { hate: { flag: 0.7 } } } },
		}),
	});
	const flagged = async (name: string): Promise<unknown> => {
		const response = await h.post("/v1/moderations", { input: "bad" }, bearer(name));
		const { results } = (await response.json()) as {
			results: { flagged: boolean; category_applied_input_types: object }[];
		};
		return results[0]!.flagged;
	};
	it("decide in every format, for that key alone", async () => {
		assert.deepEqual([await flagged("all"), await flagged("hate"), await flagged("strict")], [true, true, false]);
		const classify = async (name: string) =>
			(await (await h.post("/v1/classify", { input: "bad" }, bearer(name))).json()) as {
				results: { action: string; policies: { policy: string; thresholds: object }[] }[];
			};
		const { results } = await classify("strict");
		assert.deepEqual(
			results[0]!.policies.map(({ policy, thresholds }) => [policy, thresholds]),
			[["hate", { flag: 0.7, block: 0.9 }]],
		);
		assert.equal((await classify("all")).results[0]!.policies.length, 4);
	});
});

describe("with the official client", () => {
	let bench: Bench;
	let h: Harness;
	let server: HttpServer;
	const limits = { requestsPerMinute: 1, charactersPerMinute: null };
	before(async () => {
		bench = await openBench();
		bench.work();
		const access = accessOf({
			...{ acme: { tenant: "acme" }, other: { tenant: "other" }, reader: { scopes: ["review"] }, slow: { limits } },
		});
		h = createHarness({ batches: bench.batches, access });
		server = await listen(h.app, { host: "127.0.0.1", port: 0 });
	});
	after(async () => {
		await server.close();
		await bench.close();
	});
	const clientOf = (name: string): OpenAI =>
		new OpenAI({ apiKey: toSecret(name), baseURL: `${server.url}/v1`, maxRetries: 0 });

	it("wrong keys, missing scopes and used-up limits are its own errors", async () => {
		const judge = (name: string) => clientOf(name).moderations.create({ input: "a" });
		await assert.rejects(judge("unknown"), AuthenticationError);
		await assert.rejects(judge("reader"), PermissionDeniedError);
		assert.equal((await judge("slow")).results.length, 1);
		await assert.rejects(judge("slow"), RateLimitError);
	});
	it("files and batches of one tenant are not there for another", async () => {
		const [acme, other] = [clientOf("acme"), clientOf("other")];
		const file = await acme.files.create({
			purpose: "batch",
			file: new File([JSON.stringify(requestLine("a", "good"))], "in.jsonl"),
		});
		const batch = await acme.batches.create({
			input_file_id: file.id,
			endpoint: "/v1/moderations",
			completion_window: "24h",
		});
		assert.equal((await acme.batches.retrieve(batch.id)).id, batch.id);
		await assert.rejects(other.batches.retrieve(batch.id), { status: 404 });
		await assert.rejects(other.files.retrieve(file.id), { status: 404 });
		await assert.rejects(other.batches.cancel(batch.id), { status: 404 });
		await assert.rejects(
			other.batches.create({ input_file_id: file.id, endpoint: "/v1/moderations", completion_window: "24h" }),
			{ status: 400 },
		);
		assert.deepEqual((await other.files.list()).data, []);
		assert.deepEqual((await other.batches.list()).data, []);
		await bench.batches.finished("acme", batch.id);
	});
});
