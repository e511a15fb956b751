import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fingerprintPolicies, toWireVerdict } from "../../src/dispatch/index.ts";
import { createRemoteModerator, type RemoteModeratorParts } from "../../src/edge/remote-moderator.ts";
import { createVerdictCache } from "../../src/edge/verdict-cache.ts";
import { SluiceError } from "../../src/errors.ts";
import type { Caller } from "../../src/http/caller.ts";
import type { VerdictsRequest } from "../../src/http/protocols/edge.ts";
import type { Moderator } from "../../src/moderator.ts";
import { createFakeModerator, fakePolicy } from "../fake-moderator.ts";
import { createFakeCache, createFakeOrigin, type FakeCache, type FakeOrigin, SECRET, toProblem } from "./fake-parts.ts";

const POLICIES = [fakePolicy("hate"), fakePolicy("violence")];
const MODEL = { id: "fake-guard", hash: "sha256:0000" };
const CALLER: Caller = {
	...{ keyId: `key_${"1".repeat(16)}`, tenant: "acme", scopes: ["moderate"], grant: {} },
	limits: { requestsPerMinute: null, charactersPerMinute: null },
};
const behind = createFakeModerator({ policies: POLICIES });

interface Opened {
	readonly moderator: Moderator;
	readonly origin: FakeOrigin;
	readonly cache: FakeCache;
	/** How often the origin was found to have changed. */
	changes(): number;
	/** Texts of each request. */
	texts(): unknown[];
}

const judges: FakeOrigin["answer"] = async ({ body }) => {
	const { contents } = JSON.parse(String(body)) as VerdictsRequest;
	return Response.json({ model: MODEL, verdicts: (await behind.moderate(contents)).map(toWireVerdict) });
};

function open(
	answer: FakeOrigin["answer"] = judges,
	of: Partial<RemoteModeratorParts> & { caches?: boolean } = {},
): Opened {
	const { caches = false, ...parts } = of;
	let changes = 0;
	const origin = createFakeOrigin(answer);
	const cache = createFakeCache();
	const moderator = createRemoteModerator({
		...{ origin, manifest: { policies: POLICIES, model: MODEL, maxCharacters: 100 }, onFailure: "refuse" },
		cache: caches ? createVerdictCache(cache, SECRET, 60) : undefined,
		caller: () => CALLER,
		changed: () => void changes++,
		...parts,
	});
	const texts = (): unknown[] => origin.asked.map(({ body }) => JSON.parse(String(body)).contents);
	return { moderator, origin, cache, changes: () => changes, texts };
}

const fails =
	(code: string, of: Record<string, unknown> = {}): FakeOrigin["answer"] =>
	() =>
		toProblem(Number(of.status ?? 503), code, of);

describe("the moderator of an edge", () => {
	it("gives what the origin says, for its caller, by the policies both know", async () => {
		const { moderator, origin } = open();
		const contents = ["bad", { prompt: "Hi", response: "fine" }];
		const strip = (of: readonly object[]): object[] => of.map((verdict) => ({ ...verdict, latencyMs: 0 }));
		assert.deepEqual(strip(await moderator.moderate(contents)), strip(await behind.moderate(contents)));
		const [{ method, path, caller, headers, body }] = origin.asked as [(typeof origin.asked)[0]];
		assert.deepEqual(
			[method, path, caller, headers],
			["POST", "/edge/verdicts", CALLER, { "content-type": "application/json" }],
		);
		assert.deepEqual(JSON.parse(String(body)), { policies: fingerprintPolicies(POLICIES), surface: "none", contents });
	});

	it("passes deadline, request id, route, budget and signal on", async () => {
		const { moderator, origin } = open();
		const { signal } = new AbortController();
		await moderator.moderate(["fine"], {
			...{ deadlineMs: performance.now() + 5_000, signal, budget: { maxEscalations: 1 } },
			origin: { surface: "/v1/classify", requestId: "r1", tenant: "acme", keyId: undefined },
		});
		const [{ headers, body, signal: passed }] = origin.asked as [(typeof origin.asked)[0]];
		assert.equal(passed, signal);
		assert.equal(headers?.["x-request-id"], "r1");
		const left = Number(headers?.["x-sluice-deadline-ms"]);
		assert.ok(left > 4_000 && left <= 5_000, String(left));
		const { surface, budget } = JSON.parse(String(body)) as VerdictsRequest;
		assert.deepEqual([surface, budget], ["/v1/classify", { maxEscalations: 1 }]);
	});

	it("asks by the policies and thresholds of a key", async () => {
		const { moderator, origin } = open(async () => {
			const own = createFakeModerator({
				policies: [{ ...POLICIES[0]!, thresholds: { ...POLICIES[0]!.thresholds, flag: 0.005 } }],
			});
			return Response.json({ model: MODEL, verdicts: (await own.moderate(["fine"])).map(toWireVerdict) });
		});
		const grant = { policies: ["hate"], thresholds: { hate: { flag: 0.005 } } };
		const [verdict] = await moderator.moderate(["fine"], { grant });
		assert.deepEqual([verdict!.action, verdict!.policies.map(({ policy }) => policy)], ["flag", ["hate"]]);
		assert.notEqual(JSON.parse(String(origin.asked[0]!.body)).policies, fingerprintPolicies(POLICIES));
	});

	it("passes errors that are the caller's business on, with their time, and hides the others", async () => {
		const passed: [string, number][] = [
			["invalid_request", 400],
			["text_too_long", 413],
			["rate_limited", 429],
			["overloaded", 503],
			["not_ready", 503],
			["deadline_exceeded", 504],
			["inference_failed", 500],
		];
		for (const [code, status] of passed)
			await assert.rejects(open(fails(code, { status, retryAfter: 7 })).moderator.moderate(["fine"]), {
				...{ name: "SluiceError", code, detail: `detail of ${code}`, retryAfterMs: 7_000 },
			});
		const answers: [FakeOrigin["answer"], string][] = [
			[fails("unauthorized", { status: 401 }), "unauthorized"],
			[fails("internal", { status: 500 }), "internal"],
			[fails("words of nobody", { status: 400 }), "400"],
			[() => new Response("words", { status: 404 }), "404"],
			[() => Response.json({ error: { code: "overloaded" } }, { status: 503 }), "overloaded"],
		];
		for (const [answer, says] of answers)
			await assert.rejects(open(answer).moderator.moderate(["fine"]), {
				...{ code: "remote_failed", detail: `the service behind this edge refused: ${says}` },
			});
	});

	it("points at the caller's text where the origin points at one of those it was asked", async () => {
		const { moderator, origin } = open(judges, { caches: true });
		await moderator.moderate(["first", "third"]);
		origin.answer = fails("text_too_long", { status: 413, pointer: "/contents/1" });
		await assert.rejects(moderator.moderate(["first", "second", "third", "fourth"]), { pointer: "/3" });
		// what is at no place of the caller's is at none
		origin.answer = fails("invalid_request", { status: 400, pointer: "/contents", retryAfter: 1 });
		await assert.rejects(moderator.moderate(["new"]), { pointer: undefined, retryAfterMs: 1_000 });
	});

	it("refuses a text that is too long without asking", async () => {
		const { moderator, origin } = open();
		await assert.rejects(moderator.moderate(["fine", "x".repeat(101)]), { code: "text_too_long", pointer: "/1" });
		assert.equal(origin.asked.length, 0);
	});

	it("gives no verdict where the origin gives too few, too many, or none that is valid", async () => {
		const [wire] = (await behind.moderate(["fine"])).map(toWireVerdict);
		const of =
			(...verdicts: unknown[]): FakeOrigin["answer"] =>
			() =>
				Response.json({ model: MODEL, verdicts });
		for (const answer of [
			...[of(), of(wire, wire), () => Response.json({}), () => new Response("{"), () => new Response(null)],
			...[() => Response.json({ verdicts: [wire] }), of("words")],
		])
			await assert.rejects(open(answer).moderator.moderate(["fine"]), { code: "remote_failed" });
		for (const invalid of [
			{},
			{ ...wire, risks: [0.1] },
			{ ...wire, risks: [0.1, 2] },
			{ ...wire, actions: [0, 2] },
			{ ...wire, risks: [0.1, null] },
			{ ...wire, decisions: [] },
		])
			await assert.rejects(open(of(invalid)).moderator.moderate(["fine"]), { code: "inference_failed" });
	});

	it("says that policies have changed, and has them asked for again", async () => {
		for (const onFailure of ["refuse", "allow"] as const) {
			const { moderator, changes } = open(fails("precondition_failed", { status: 412 }), { onFailure });
			await assert.rejects(moderator.moderate(["fine"]), { code: "not_ready", retryAfterMs: 1_000 });
			assert.equal(changes(), 1, "no text passes for that");
		}
	});

	it("with another model gives the verdict, keeps none, and has it asked for again", async () => {
		const verdicts = (await behind.moderate(["fine"])).map(toWireVerdict);
		const model = { id: "next", hash: "sha256:0001" };
		const { moderator, cache, changes } = open(() => Response.json({ model, verdicts }), { caches: true });
		assert.deepEqual((await moderator.moderate(["fine"]))[0]!.model, model);
		assert.deepEqual([changes(), cache.entries.size], [1, 0]);
	});
});

describe("the moderator of an edge that remembers", () => {
	it("asks for what it does not know alone", async () => {
		const { moderator, texts } = open(judges, { caches: true });
		const first = await moderator.moderate(["bad", "fine"]);
		const again = await moderator.moderate(["new", "fine", "bad"]);
		assert.deepEqual(texts(), [["bad", "fine"], ["new"]]);
		assert.deepEqual(
			again.map(({ action }) => action),
			["allow", "allow", "block"],
		);
		assert.deepEqual(again[2]!.policies, first[0]!.policies);
		await moderator.moderate(["bad", "bad"]);
		assert.equal(texts().length, 2);
	});

	it("never answers a request with a budget from memory, and keeps nothing of it", async () => {
		const { moderator, texts, cache } = open(judges, { caches: true });
		await moderator.moderate(["fine"], { budget: { offline: false } });
		assert.equal(cache.entries.size, 0);
		await moderator.moderate(["fine"]);
		await moderator.moderate(["fine"], { budget: { maxEscalations: 0 } });
		assert.deepEqual(texts(), [["fine"], ["fine"], ["fine"]]);
	});

	it("asks for an entry that is no valid verdict", async () => {
		const { moderator, texts, cache } = open(judges, { caches: true });
		await moderator.moderate(["bad"]);
		const [name] = cache.entries.keys();
		for (const entry of ["{}", "null", "7", '{"risks":[0.1,0.1],"actions":[2,2]}']) {
			cache.entries.set(name!, entry);
			assert.equal((await moderator.moderate(["bad"]))[0]!.action, "block", entry);
		}
		assert.equal(texts().length, 5);
	});
});

describe("the moderator of an edge whose settings declare a consequence", () => {
	it("gives that action and no risk while the origin cannot judge", async () => {
		const away: FakeOrigin["answer"] = () => {
			throw new SluiceError("not_ready", { detail: "away", retryAfterMs: 5_000 });
		};
		for (const onFailure of ["block", "flag", "allow"] as const)
			for (const answer of [away, fails("overloaded"), fails("internal", { status: 500 }), () => new Response("{")]) {
				const [verdict] = await open(answer, { onFailure }).moderator.moderate(["fine"]);
				assert.deepEqual([verdict!.action, verdict!.risk], [onFailure, null]);
				for (const { action, risk, decision } of verdict!.policies)
					assert.deepEqual(
						[action, risk, decision.instead],
						[onFailure, null, { action: onFailure, reason: "failed" }],
					);
			}
	});

	it("keeps what it remembers, and keeps no declared verdict", async () => {
		const { moderator, origin, cache } = open(judges, { caches: true, onFailure: "block" });
		await moderator.moderate(["fine"]);
		origin.answer = fails("overloaded");
		const verdicts = await moderator.moderate(["fine", "other"]);
		assert.deepEqual(
			verdicts.map(({ action, risk }) => [action, risk !== null]),
			[
				["allow", true],
				["block", false],
			],
		);
		assert.equal(cache.entries.size, 1);
	});

	it("still refuses what is wrong with the request, over a limit, or not allowed", async () => {
		for (const [code, status] of [
			["invalid_request", 400],
			["text_too_long", 413],
			["rate_limited", 429],
			["forbidden", 403],
			["not_configured", 501],
		] as const)
			await assert.rejects(open(fails(code, { status }), { onFailure: "allow" }).moderator.moderate(["fine"]), {
				code,
			});
	});

	it("gives nothing to a caller who has left", async () => {
		const gone = new AbortController();
		const { moderator } = open(
			({ signal }) => {
				gone.abort(new SluiceError("aborted", { detail: "left" }));
				throw signal?.reason;
			},
			{ onFailure: "allow" },
		);
		await assert.rejects(moderator.moderate(["fine"], { signal: gone.signal }), { code: "aborted" });
	});
});
