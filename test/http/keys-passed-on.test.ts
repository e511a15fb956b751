/** Files and batches through a gateway that does not own them: the owner checks the caller's key again. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Access } from "../../src/http/access.ts";
import { createRateLimits } from "../../src/http/rate-limit.ts";
import { type HttpServer, listen } from "../../src/http/server.ts";
import { hashSecret, type Key, SCOPES } from "../../src/keys/index.ts";
import { type Bench, openBench } from "../batch/harness.ts";
import { createHarness } from "./harness.ts";

const toSecret = (name: string): string => `sluice_${hashSecret(name).toString("hex").slice(0, 48)}`;

function keyOf(tenant: string, id: string): Key {
	const limits = { requestsPerMinute: 3, charactersPerMinute: null };
	const rest = { scopes: SCOPES, expiresMs: null, grant: {}, createdMs: 0, revokedMs: null, limits };
	return { ...rest, id, name: tenant, tenant };
}

const ACME = keyOf("acme", "key_0000000000000001");
const OTHER = keyOf("other", "key_0000000000000002");

function accessOf(keys: readonly Key[], limits: Access["limits"], isRequired: boolean): Access {
	const find = (secret: string): Key | undefined => keys.find(({ tenant }) => toSecret(tenant) === secret);
	return { keys: { find, hasKeys: () => true }, limits, isRequired };
}

describe("a gateway that passes files and batches on", () => {
	let bench: Bench;
	let owner: HttpServer;
	let ask: (tenant: string) => Promise<Response>;
	before(async () => {
		bench = await openBench();
		const shared = createRateLimits(); // as in a Redis of both
		const records = createHarness({ batches: bench.batches, access: accessOf([ACME], shared, false) });
		owner = await listen(records.app, { host: "127.0.0.1", port: 0 });
		const gateway = createHarness({ recordsUrl: owner.url, access: accessOf([ACME, OTHER], shared, true) });
		ask = async (tenant) =>
			gateway.app.request("/v1/files", { headers: { authorization: `Bearer ${toSecret(tenant)}` } });
	});
	after(async () => {
		await owner.close();
		await bench.close();
	});

	it("shows a tenant's own, and counts a request once", async () => {
		const id = await bench.upload("{}", "acme");
		const response = await ask("acme");
		assert.equal(response.status, 200);
		assert.deepEqual(
			((await response.json()) as { data: { id: string }[] }).data.map((file) => file.id),
			[id],
		);
		assert.match(response.headers.get("ratelimit") ?? "", /^"requests";r=2;/);
		assert.deepEqual(
			[(await ask("acme")).status, (await ask("acme")).status, (await ask("acme")).status],
			[200, 200, 429],
		);
	});
	it("shows nothing for a key that the owner does not know, where it asks for none as well", async () => {
		assert.equal((await ask("other")).status, 401);
	});
	it("asks for a key before it passes anything on", async () => {
		assert.equal((await ask("nobody")).status, 401);
	});
});
