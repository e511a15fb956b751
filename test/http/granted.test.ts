/** What a key's policies and thresholds change, format by format and line by line of a batch. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkGrant, createGranted, grantModerator } from "../../src/http/granted.ts";
import type { Problem } from "../../src/http/problem.ts";
import { createRateLimits } from "../../src/http/rate-limit.ts";
import { hashSecret, type Key, type KeyRing, SCOPES } from "../../src/keys/index.ts";
import type { Grant } from "../../src/types.ts";
import { openBench, requestLine } from "../batch/harness.ts";
import { createFakeModerator, fakePolicy } from "../fake-moderator.ts";
import { createHarness, type Harness } from "./harness.ts";

const SECRET = `sluice_${hashSecret("granted").toString("hex").slice(0, 48)}`;
const WITH_KEY = { authorization: `Bearer ${SECRET}` };

function ringOf(grant: Grant): KeyRing {
	const limits = { requestsPerMinute: null, charactersPerMinute: null };
	const rest = { name: "a", tenant: "acme", scopes: SCOPES, expiresMs: null, limits, createdMs: 0, revokedMs: null };
	const key: Key = { ...rest, id: "key_0000000000000001", grant };
	return { find: (secret) => (secret === SECRET ? key : undefined), hasKeys: () => true };
}

const accessOf = (grant: Grant) => ({ keys: ringOf(grant), limits: createRateLimits(), isRequired: true });

const POLICIES = [
	fakePolicy("hate", ["hate"], { perspective: ["TOXICITY"], google: ["Toxic"], azure: ["Hate"] }),
	fakePolicy("violence", ["violence"], { perspective: ["THREAT"], google: ["Violent"], azure: ["Violence"] }),
];
const risk = (_: string, policy: string): number => (policy === "hate" ? 0.6 : 0.95);

/** A request in every format that judges texts. */
const REQUESTS: readonly (readonly [path: string, body: object])[] = [
	["/v1/moderations", { input: "text" }],
	["/v1/classify", { input: "text" }],
	["/v1alpha1/comments:analyze", { comment: { text: "text" }, requestedAttributes: { TOXICITY: {} } }],
	["/v1/documents:moderateText", { document: { type: "PLAIN_TEXT", content: "text" } }],
	["/v2/documents:moderateText", { document: { type: "PLAIN_TEXT", content: "text" } }],
	["/contentsafety/text:analyze?api-version=2024-09-01", { text: "text" }],
];

async function ask(h: Harness, path: string, body: object): Promise<Response> {
	return h.post(path, body, WITH_KEY);
}

describe("a key's policies", () => {
	it("are the only ones that any format shows", async () => {
		const h = createHarness({ policies: POLICIES, risk, access: accessOf({ policies: ["hate"] }) });
		for (const [path, body] of REQUESTS) {
			const response = await ask(h, path, body);
			const text = await response.text();
			assert.equal(response.status, 200, `${path} ${text}`);
			assert.equal(text.includes("0.95"), false, `${path} shows the other policy's risk`);
		}
		const refused = await ask(h, "/v1alpha1/comments:analyze", {
			comment: { text: "text" },
			requestedAttributes: { THREAT: {} },
		});
		assert.equal(refused.status, 400, "an attribute that only another policy measures");
	});
	it("that the service does not have are no leave to pass: every format refuses", async () => {
		for (const policies of [["gone"], ["hate", "gone"]]) {
			const h = createHarness({ policies: POLICIES, risk, access: accessOf({ policies }) });
			for (const [path, body] of REQUESTS) {
				const { status } = await ask(h, path, body);
				assert.ok(status === 501 || (policies.length === 1 && status === 400), `${path} ${status}`);
			}
			const answer = (await (await ask(h, "/v1/moderations", { input: "text" })).json()) as Problem;
			assert.match(answer.detail, /the policy gone, which this service does not have/);
		}
		const moderator = createFakeModerator({ policies: POLICIES });
		assert.throws(() => grantModerator(moderator, { policies: ["gone"] }).streams, { code: "not_configured" });
		assert.throws(() => checkGrant(moderator, { policies: ["gone"] }), { code: "not_configured" });
	});
	it("that change nothing cost nothing; what others need is made once and not kept without end", () => {
		let made = 0;
		const granted = createGranted(createFakeModerator({ policies: POLICIES }), () => ++made);
		assert.deepEqual([granted(undefined), granted({})], [undefined, undefined]);
		assert.deepEqual([granted({ policies: ["hate"] }), granted({ policies: ["hate"] }), made], [1, 1, 1]);
		for (let i = 0; i < 300; i++) granted({ thresholds: { hate: { flag: i / 1000 } } });
		assert.equal(granted({ policies: ["hate"] }), 302, "made again after so many others");
	});
});

describe("a key's thresholds", () => {
	it("decide in the formats that have decisions", async () => {
		const flagged = async (thresholds: Grant["thresholds"]): Promise<unknown> => {
			const grant = { policies: ["hate"], thresholds };
			const h = createHarness({ policies: POLICIES, risk, access: accessOf(grant) });
			const openai = (await (await ask(h, "/v1/moderations", { input: "a" })).json()) as {
				results: { flagged: boolean }[];
			};
			const own = (await (await ask(h, "/v1/classify", { input: "a" })).json()) as { results: { action: string }[] };
			return [openai.results[0]!.flagged, own.results[0]!.action];
		};
		assert.deepEqual(await flagged(undefined), [true, "flag"]);
		assert.deepEqual(await flagged({ hate: { flag: 0.7 } }), [false, "allow"]);
		assert.deepEqual(await flagged({ hate: { block: 0.6 } }), [true, "block"]);
	});
});

describe("batches", () => {
	it("are judged by the policies and thresholds of the key that made them, also after a restart", async () => {
		const bench = await openBench({ policies: POLICIES, risk });
		try {
			const h = createHarness({
				policies: POLICIES,
				batches: bench.batches,
				access: accessOf({ policies: ["hate"], thresholds: { hate: { flag: 0.7 } } }),
			});
			const begin = async (url: "/v1/moderations" | "/v1/classify"): Promise<string> => {
				const content = `${JSON.stringify(requestLine("a", "text", url))}\n`;
				const file = await bench.upload(content, "acme");
				const response = await ask(h, "/v1/batches", {
					...{ input_file_id: file, endpoint: url, completion_window: "24h" },
				});
				assert.equal(response.status, 200);
				return ((await response.json()) as { id: string }).id;
			};
			const ids = [await begin("/v1/moderations"), await begin("/v1/classify")];
			await bench.reopen();
			bench.work();
			const [openai, own] = await Promise.all(ids.map((id) => bench.batches.finished("acme", id)));
			const [one] = await bench.read(openai!.outputFile);
			assert.equal(one!.response!.body.results[0]!.flagged, false);
			const [two] = await bench.read(own!.outputFile);
			const { action, policies } = two!.response!.body.results[0] as unknown as {
				action: string;
				policies: { policy: string; thresholds: object }[];
			};
			assert.deepEqual(
				[action, policies.map(({ policy, thresholds }) => [policy, thresholds])],
				["allow", [["hate", { flag: 0.7, block: 0.9 }]]],
			);
		} finally {
			await bench.close();
		}
	});
	it("by a policy that the workers do not have are refused line by line", async () => {
		const bench = await openBench({ policies: POLICIES, risk });
		try {
			const inputFile = await bench.upload(`${JSON.stringify(requestLine("a", "text"))}\n`, "acme");
			const wish = { inputFile, endpoint: "/v1/moderations", completionWindow: "1h", windowMs: 3_600_000 } as const;
			const { id } = bench.batches.create("acme", { ...wish, metadata: null, grant: { policies: ["gone"] } });
			bench.work();
			const { outputFile, errorFile } = await bench.batches.finished("acme", id);
			const [line] = [...(await bench.read(outputFile)), ...(await bench.read(errorFile))];
			assert.equal(line!.response!.status_code, 501);
		} finally {
			await bench.close();
		}
	});
});
