import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { openEdgeKeys } from "../../src/edge/keys.ts";
import type { KeyNamespace } from "../../src/edge/settings.ts";
import { createSecret, hashSecret, type Key, toHashedRow } from "../../src/keys/index.ts";

const NOW = 1_800_000_000_000;

interface Made {
	readonly secret: string;
	readonly hash: string;
	readonly key: Key;
	readonly row: object;
}

function make(of: Partial<Key> = {}): Made {
	const { id, secret } = createSecret();
	const key: Key = {
		...{ id, name: "test", tenant: "acme", scopes: ["moderate"], expiresMs: null, grant: { policies: ["hate"] } },
		...{ limits: { requestsPerMinute: 5, charactersPerMinute: null }, createdMs: 0, revokedMs: null },
		...of,
	};
	const hash = hashSecret(secret);
	return { secret, key, hash: hash.toString("hex"), row: toHashedRow({ hash, key }) };
}

/** A namespace that keeps what it was asked for. */
function createNamespace(values: Record<string, string>): KeyNamespace & { readonly asked: string[] } {
	const asked: string[] = [];
	return {
		asked,
		async get(name, options) {
			asked.push(name);
			assert.equal(options?.cacheTtl, 60, "a key that is deleted opens nothing after a minute");
			return values[name] ?? null;
		},
	};
}

const list = (...made: readonly Made[]): string => JSON.stringify({ keys: made.map(({ row }) => row) });

describe("keys of an edge", () => {
	const [a, b, stranger] = [make(), make(), make()];

	it("are found in the variable and in the namespace, and others nowhere", async () => {
		const KEYS = createNamespace({ [b.hash]: JSON.stringify(b.row) });
		const keys = openEdgeKeys({ SLUICE_KEYS: list(a), KEYS }, () => NOW);
		assert.deepEqual(await keys.find(a.secret), a.key);
		assert.deepEqual(KEYS.asked, [], "the variable's need no request");
		assert.deepEqual(await keys.find(b.secret), b.key);
		assert.equal(await keys.find(stranger.secret), undefined);
		assert.deepEqual(KEYS.asked, [b.hash, stranger.hash]);
		assert.equal(await openEdgeKeys({}).find(a.secret), undefined);
	});

	it("what is no secret of ours is asked of nobody, so no secret of another service is either", async () => {
		const KEYS = createNamespace({});
		const keys = openEdgeKeys({ KEYS });
		for (const text of ["", "sk-something", `${a.secret}0`, a.secret.toUpperCase(), a.hash, "../KEYS"])
			assert.equal(await keys.find(text), undefined);
		assert.deepEqual(KEYS.asked, []);
	});

	it("that are revoked or expired open nothing, from the moment on", async () => {
		for (const [of, good] of [
			[{ revokedMs: NOW - 1 }, false],
			[{ revokedMs: NOW + 1 }, false],
			[{ expiresMs: NOW }, false],
			[{ expiresMs: NOW + 1 }, true],
		] as const) {
			const made = make(of);
			const stored = createNamespace({ [made.hash]: JSON.stringify(made.row) });
			for (const env of [{ SLUICE_KEYS: list(made) }, { KEYS: stored }])
				assert.equal((await openEdgeKeys(env, () => NOW).find(made.secret)) !== undefined, good, JSON.stringify(of));
		}
	});

	it("that are damaged, or another's under this name, are an error that says where and nothing else", async () => {
		const wrong = ["", "{", "null", JSON.stringify({ ...a.row, scopes: ["root"] }), JSON.stringify(b.row)];
		for (const value of wrong)
			await assert.rejects(openEdgeKeys({ KEYS: createNamespace({ [a.hash]: value }) }).find(a.secret), {
				code: "invalid_config",
				detail: "a key in KEYS is damaged: write it again",
			});
		for (const text of ["", "{", "[]", '{"keys":[{}]}'])
			assert.throws(() => openEdgeKeys({ SLUICE_KEYS: text }), { code: "invalid_config", message: /^SLUICE_KEYS/ });
	});
});
