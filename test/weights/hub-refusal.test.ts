import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Fault, first, type Seen } from "./hub-double.ts";
import { always, failure, isFile, root, sameAsListed, setUp, TOKEN, WEIGHTS } from "./hub-setup.ts";

describe("a refusal", () => {
	const config = isFile("config.json", "hub");
	const api = ({ path }: Seen): boolean => path.includes("/revision/");
	const cases: {
		when: string;
		on: (seen: Seen) => boolean;
		fault: Fault;
		token?: undefined;
		code: string;
		words: RegExp;
	}[] = [
		{
			when: "gated, without token",
			on: config,
			fault: { status: 401, headers: { "x-error-code": "GatedRepo" } },
			token: undefined,
			code: "invalid_config",
			words: /^acme\/tiny is gated: accept the licence at https:\/\/huggingface\.co\/acme\/tiny, then set HF_TOKEN/,
		},
		{
			when: "gated, with a token that has no access",
			on: config,
			fault: { status: 403, headers: { "x-error-code": "GatedRepo" } },
			code: "invalid_config",
			words:
				/gated, and the account of HF_TOKEN has no access yet: accept the licence at https:\/\/huggingface\.co\/acme\/tiny/,
		},
		{
			when: "a name that may not exist, without token",
			on: api,
			fault: { status: 401, headers: { "x-error-code": "RepoNotFound" } },
			token: undefined,
			code: "invalid_config",
			words: /^acme\/tiny does not exist, or is private or gated \(401\): .*HF_TOKEN$/,
		},
		{
			when: "a token the hub does not take",
			on: api,
			fault: { status: 401 },
			code: "invalid_config",
			words: /^the hub gives acme\/tiny not to this HF_TOKEN \(401\)/,
		},
		{
			when: "no such repository",
			on: api,
			fault: { status: 404, headers: { "x-error-code": "RepoNotFound" } },
			code: "invalid_request",
			words: /^there is no model repository acme\/tiny at 127\.0\.0\.1:\d+$/,
		},
		{
			when: "no such thing, unexplained",
			on: api,
			fault: { status: 404 },
			code: "invalid_request",
			words: /has no model repository acme\/tiny with a revision main$/,
		},
		{
			when: "a file that is listed and not there",
			on: config,
			fault: { status: 404, headers: { "x-error-code": "EntryNotFound" } },
			code: "download_failed",
			words: /lists config\.json in acme\/tiny but does not have it$/,
		},
		{
			when: "an unexpected status",
			on: api,
			fault: { status: 418, body: TOKEN },
			code: "download_failed",
			words: /refused acme\/tiny with 418$/,
		},
	];
	for (const { when, on, fault, code, words, ...over } of cases)
		it(`is put in words and not repeated: ${when}`, async (t) => {
			const { hub, waits, pull } = await setUp(t);
			hub.rules.push(always(on, fault));
			const error = await failure(pull(over));
			assert.equal(error.code, code);
			assert.match(error.detail, words);
			assert.deepEqual(waits, []);
		});
	it("of a revision names it", async (t) => {
		const { pull } = await setUp(t);
		const error = await failure(pull({ revision: "v9" }));
		assert.deepEqual([error.code, error.detail], ["invalid_request", "acme/tiny has no revision v9"]);
	});
	it("by an address that has expired is met with a new one", async (t) => {
		const { hub, directory, pull } = await setUp(t);
		hub.rules.push(first(2, isFile(WEIGHTS), { status: 403 }));
		await pull();
		sameAsListed(hub, directory);
		assert.equal(hub.seen.filter(isFile(WEIGHTS, "hub")).length, 3);
	});
	it("for now (5xx, 408) is tried again", async (t) => {
		const { hub, directory, waits, pull } = await setUp(t);
		for (const status of [500, 503, 408]) hub.rules.push(first(1, config, { status }));
		hub.rules.push(first(2, api, { status: 502 }));
		await pull();
		sameAsListed(hub, directory);
		assert.deepEqual(waits, [375, 750, 375, 750, 1500]);
	});
	it("for too many requests is waited for as long as the hub asks, up to a limit", async (t) => {
		const { hub, waits, pull } = await setUp(t);
		hub.rules.push(first(1, config, { status: 429, headers: { "retry-after": "7" } }));
		hub.rules.push(first(1, config, { status: 429, headers: { ratelimit: '"resolvers";r=0;t=12' } }));
		hub.rules.push(first(1, config, { status: 503, headers: { "retry-after": new Date(0).toUTCString() } }));
		await pull();
		assert.deepEqual(waits, [7000, 12_000, 0]);
		hub.rules.push(always(config, { status: 429, headers: { "retry-after": "3600" } }));
		const error = await failure(pull({ directory: join(root, "limited"), token: undefined }));
		assert.match(error.detail, /limits the rate of requests \(429\): try again in 3600 seconds; with HF_TOKEN set/);
		assert.equal(error.retryAfterMs, 3_600_000);
		assert.equal(waits.length, 3);
	});
	it("to speak like a hub is named", async (t) => {
		const { hub, pull } = await setUp(t);
		hub.rules.push(always(api, { status: 200, body: "<html>Sign in to the hotel's network</html>" }));
		assert.match((await failure(pull())).detail, /^127\.0\.0\.1:\d+ does not answer like a hub; check HF_ENDPOINT$/);
	});
});
