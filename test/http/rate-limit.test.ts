/** Limits as clients meet them: in parallel, on one gateway and on several. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRateLimits, type RateLimits } from "../../src/http/rate-limit.ts";
import { createRedisLimiters } from "../../src/http/rate-limit-redis.ts";
import { hashSecret, type KeyLimits, type KeyRing, SCOPES } from "../../src/keys/index.ts";
import { openRedisClient } from "../../src/queue/index.ts";
import { startRedis } from "../queue/redis-server.ts";
import { createHarness } from "./harness.ts";

const SECRET = `sluice_${hashSecret("one").toString("hex").slice(0, 48)}`;
const KEY_ID = "key_0000000000000001";

function ringOf(limits: Partial<KeyLimits>): KeyRing {
	const rest = { name: "a", tenant: "acme", scopes: SCOPES, expiresMs: null, grant: {}, createdMs: 0, revokedMs: null };
	const key = { ...rest, id: KEY_ID, limits: { requestsPerMinute: null, charactersPerMinute: null, ...limits } };
	return { find: (secret) => (secret === SECRET ? key : undefined), hasKeys: () => true };
}

/** Asks a gateway of its own, whose limits are these. */
function createGateway(
	of: Partial<KeyLimits>,
	limits: RateLimits,
): (input: string, path?: string) => Promise<Response> {
	const h = createHarness({ access: { keys: ringOf(of), limits, isRequired: true } });
	return (input, path = "/v1/moderations") =>
		h.post(path, path === "/v1/moderations" ? { input } : { text: input }, { authorization: `Bearer ${SECRET}` });
}

function statuses(responses: readonly Response[]): Record<number, number> {
	return Object.fromEntries(
		[...Map.groupBy(responses, ({ status }) => status)].map(([status, of]) => [status, of.length]),
	);
}

describe("limits in one process", () => {
	it("hold for requests that come at the same time", async () => {
		const ask = createGateway({ requestsPerMinute: 7 }, createRateLimits());
		assert.deepEqual(statuses(await Promise.all(Array.from({ length: 30 }, () => ask("a")))), { 200: 7, 429: 23 });
	});
	it("characters hold for requests that come at the same time, whatever refused ones ask for", async () => {
		const ask = createGateway({ charactersPerMinute: 100 }, createRateLimits());
		const sent = await Promise.all(Array.from({ length: 20 }, () => ask("x".repeat(30))));
		assert.deepEqual(statuses(sent), { 200: 3, 429: 17 });
		assert.equal((await ask("x".repeat(10))).status, 200, "what was left");
		assert.equal((await ask("x")).status, 429);
	});
	it("both are told, each by its name, on answers and on refusals", async () => {
		const ask = createGateway({ requestsPerMinute: 9, charactersPerMinute: 50 }, createRateLimits());
		const good = await ask("x".repeat(20));
		assert.equal(good.headers.get("ratelimit-policy"), '"requests";q=9;w=60, "characters";q=50;w=60');
		assert.match(good.headers.get("ratelimit") ?? "", /^"requests";r=8;t=(59|60), "characters";r=30;t=(59|60)$/);
		assert.equal(good.headers.get("x-ratelimit-limit-characters"), "50");
		assert.match(good.headers.get("x-ratelimit-reset-requests") ?? "", /^(59|60)s$/);
		const refused = await ask("x".repeat(40));
		assert.equal(refused.status, 429);
		assert.match(refused.headers.get("ratelimit") ?? "", /^"requests";r=7;t=\d+, "characters";r=30;t=\d+$/);
		const wait = Number(refused.headers.get("retry-after"));
		assert.ok(wait >= 1 && wait <= 60);
	});
	it("more characters at once than a minute allows is no matter of waiting: 413, and uses nothing up", async () => {
		const ask = createGateway({ charactersPerMinute: 50 }, createRateLimits());
		const response = await ask("x".repeat(51));
		assert.equal(response.status, 413);
		assert.equal(response.headers.get("retry-after"), null);
		assert.equal((await ask("x".repeat(50))).status, 200);
	});
	it("a format of another service says 429 in its own body", async () => {
		const ask = createGateway({ requestsPerMinute: 1 }, createRateLimits());
		const path = "/contentsafety/text:analyze?api-version=2024-09-01";
		await ask("a", path);
		const response = await ask("a", path);
		assert.equal(response.status, 429);
		assert.equal(response.headers.get("x-ms-error-code"), "TooManyRequests");
		assert.equal(((await response.json()) as { error: { code: string } }).error.code, "TooManyRequests");
	});
});

describe("limits of gateways on one Redis", () => {
	it("are counted together, hold while Redis is away, and leave no secret there", async (t) => {
		const redis = await startRedis();
		if (redis === undefined) return t.skip("no redis-server on this machine");
		const errors: Error[] = [];
		const open = () => openRedisClient(redis.url, (error) => errors.push(error));
		const clients = [await open(), await open()];
		try {
			const [first, second] = clients.map(({ client }) =>
				createGateway(
					{ requestsPerMinute: 10, charactersPerMinute: 60 },
					createRateLimits(createRedisLimiters(client)),
				),
			);
			const sent = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? first! : second!)("xxxxx")));
			assert.deepEqual(statuses(sent), { 200: 10, 429: 10 });
			assert.equal((await second!("x")).status, 429);
			const { client } = clients[0]! as { client: { keys(pattern: string): Promise<string[]> } & object };
			const names = await client.keys("*");
			assert.deepEqual(
				new Set(names),
				new Set([`sluice:limits:requests:10:${KEY_ID}`, `sluice:limits:characters:60:${KEY_ID}`]),
			);
			await redis.stop();
			const alone = await Promise.all(Array.from({ length: 15 }, () => first!("x")));
			assert.deepEqual(statuses(alone), { 200: 10, 429: 5 }, "each counts for itself");
		} finally {
			await Promise.all(clients.map(({ close }) => close()));
			await redis.stop();
		}
	});
});
