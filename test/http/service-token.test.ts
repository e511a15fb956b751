import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import { createRateLimits } from "../../src/http/rate-limit.ts";
import { createServiceTokens, SERVICE_TOKEN_HEADER, signServiceToken } from "../../src/http/service-token.ts";
import { createHarness } from "./harness.ts";

const SECRET = "s".repeat(32);
const NOW = 1_800_000_000_000;
const REQUEST = { method: "POST", path: "/edge/verdicts?x=1" };
const CALLER = {
	keyId: `key_${"1".repeat(16)}`,
	tenant: "acme",
	scopes: ["moderate" as const],
	grant: { policies: ["hate"] },
	limits: { requestsPerMinute: 2, charactersPerMinute: null },
};
const REFUSED = { code: "unauthorized" };

describe("service tokens", () => {
	const token = signServiceToken(SECRET, REQUEST, { caller: CALLER, nowMs: NOW });
	const at = (nowMs: number, secrets = [SECRET]) => createServiceTokens(secrets, () => nowMs);

	it("give the caller as it was signed, and nobody where there was none", () => {
		assert.deepEqual(at(NOW).verify(token, REQUEST), CALLER);
		const nobody = signServiceToken(SECRET, REQUEST, { caller: undefined, nowMs: NOW });
		assert.equal(at(NOW).verify(nobody, REQUEST), undefined);
	});

	it("are good for one method and path", () => {
		for (const other of [{ method: "GET" }, { path: "/edge/verdicts" }, { path: "/v1/policies/any" }])
			assert.throws(() => at(NOW).verify(token, { ...REQUEST, ...other }), REFUSED);
	});

	it("are good for half a minute, with half a minute for clocks that differ", () => {
		for (const [ms, good] of [
			[-31_000, false],
			[-29_000, true],
			[59_000, true],
			[60_000, false],
		] as const) {
			const verify = (): unknown => at(NOW + ms).verify(token, REQUEST);
			if (good) assert.deepEqual(verify(), CALLER, String(ms));
			else assert.throws(verify, REFUSED, String(ms));
		}
	});

	it("are taken with either secret while it is being changed, and with no other", () => {
		assert.deepEqual(at(NOW, ["o".repeat(32), SECRET]).verify(token, REQUEST), CALLER);
		assert.throws(() => at(NOW, ["o".repeat(32)]).verify(token, REQUEST), REFUSED);
	});

	it("with any character changed, cut, or made up are refused", () => {
		const tokens = at(NOW);
		for (let i = 0; i < token.length; i++) {
			const changed = token.slice(0, i) + (token[i] === "A" ? "B" : "A") + token.slice(i + 1);
			// the last character of a base64url text may hold bits that say nothing
			if (i < token.length - 1) assert.throws(() => tokens.verify(changed, REQUEST), REFUSED, String(i));
		}
		for (const forged of [
			"",
			"v1",
			"v1..",
			"v1.e30.",
			`${token}.x`,
			token.slice(0, -8),
			"v2.".concat(token.slice(3)),
			"x".repeat(20_000),
		])
			assert.throws(() => tokens.verify(forged, REQUEST), REFUSED, forged.slice(0, 20));
	});

	it("whose signed claims are not ours are refused", () => {
		const sign = (claims: unknown): string => {
			const body = `v1.${Buffer.from(JSON.stringify(claims)).toString("base64url")}`;
			return `${body}.${createHmac("sha256", SECRET).update(body).digest("base64url")}`;
		};
		const good = { iat: NOW, exp: NOW + 1000, ...REQUEST, caller: null };
		assert.equal(at(NOW).verify(sign(good), REQUEST), undefined);
		for (const bad of [
			null,
			[],
			{},
			{ ...good, exp: "1" },
			{ ...good, more: 1 },
			{ ...good, caller: { keyId: "x" } },
			{ ...good, caller: { ...CALLER, scopes: ["root"] } },
		])
			assert.throws(() => at(NOW).verify(sign(bad), REQUEST), REFUSED);
	});
});

describe("a gateway behind an edge", () => {
	const access = (isServed = true) => ({
		keys: { find: () => undefined, hasKeys: () => true },
		limits: createRateLimits(),
		isRequired: true,
		services: isServed ? createServiceTokens([SECRET]) : undefined,
	});
	const send = (h: ReturnType<typeof createHarness>, path: string, of: { caller?: typeof CALLER } = {}) =>
		h.post(
			path,
			{ input: "fine" },
			{
				[SERVICE_TOKEN_HEADER]: signServiceToken(
					SECRET,
					{ method: "POST", path },
					{ caller: of.caller, nowMs: Date.now() },
				),
			},
		);

	it("lets in whom the edge let in, with that caller's scopes and limits", async () => {
		const h = createHarness({ access: access() });
		const caller = { ...CALLER, grant: {} } as typeof CALLER;
		const statuses = [];
		for (let i = 0; i < 3; i++) statuses.push((await send(h, "/v1/moderations", { caller })).status);
		assert.deepEqual(statuses, [200, 200, 429]);
		assert.equal((await send(h, "/v1/batches", { caller: { ...caller, keyId: `key_${"2".repeat(16)}` } })).status, 403);
		assert.equal((await send(h, "/v1/moderations")).status, 200);
	});

	it("refuses tokens where it has no secret, and its own routes without one", async () => {
		const without = createHarness({ access: access(false) });
		assert.equal((await send(without, "/v1/moderations")).status, 401);
		assert.equal((await send(without, "/edge/verdicts")).status, 401);
		const h = createHarness({ access: access() });
		for (const path of ["/edge/verdicts", "/edge/lines"]) assert.equal((await h.post(path, {})).status, 401);
		assert.equal((await h.app.request("/edge/manifest")).status, 401);
		assert.equal((await createHarness().post("/edge/verdicts", {})).status, 501, "an app that asks for no keys");
	});

	it("gives no verdicts by other policies than the edge names", async () => {
		const h = createHarness({ access: access() });
		const path = "/edge/verdicts";
		const token = signServiceToken(SECRET, { method: "POST", path }, { caller: undefined, nowMs: Date.now() });
		const answer = await h.post(
			path,
			{ policies: "sha256:other", surface: "/v1/classify", contents: ["fine"] },
			{ [SERVICE_TOKEN_HEADER]: token },
		);
		assert.equal(answer.status, 412);
	});
});
