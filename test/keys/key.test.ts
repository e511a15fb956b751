/** Secrets and their hashes. */
import assert from "node:assert/strict";
import crypto from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { addToKeysFile, createKeyRing, createSecret, hashSecret, type NewKey, SCOPES } from "../../src/keys/index.ts";

const WANTED: NewKey = {
	name: "ci",
	tenant: "acme",
	scopes: SCOPES,
	expiresMs: null,
	grant: {},
	limits: { requestsPerMinute: null, charactersPerMinute: null },
};

describe("secrets", () => {
	it("are never made twice, and an id says nothing of them", () => {
		const made = Array.from({ length: 1000 }, createSecret);
		assert.equal(new Set(made.map(({ secret }) => secret)).size, 1000);
		for (const { id, secret } of made) {
			assert.match(secret, /^sluice_[0-9a-f]{48}$/);
			assert.equal(secret.includes(id.slice("key_".length)), false);
			assert.equal(hashSecret(secret).toString("hex").includes(id.slice("key_".length)), false);
		}
	});
	it("of a keys file are compared in constant time", async (t) => {
		const dir = await mkdtemp(join(tmpdir(), "sluice-key-"));
		const compare = t.mock.method(crypto, "timingSafeEqual");
		syncBuiltinESMExports();
		try {
			const file = join(dir, "keys.json");
			const { secret } = addToKeysFile(file, WANTED, 0);
			const ring = createKeyRing({ file });
			assert.ok(ring.find(secret));
			assert.equal(ring.find(createSecret().secret), undefined);
			assert.equal(compare.mock.callCount(), 2);
		} finally {
			compare.mock.restore();
			syncBuiltinESMExports();
			await rm(dir, { recursive: true, force: true });
		}
	});
});
