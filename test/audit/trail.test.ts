/** Records of decisions: what they hold, and what happens when they cannot be written. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import {
	type AuditRecord,
	createDecisionTrail,
	type DecisionRecord,
	hashPolicy,
	recordDecisions,
	recordStreams,
	type TrailParts,
} from "../../src/audit/index.ts";
import { SluiceError } from "../../src/errors.ts";
import { guardStream } from "../../src/guard/index.ts";
import { createModerator } from "../../src/moderator.ts";
import { createFakeModerator, fakePolicy } from "../fake-moderator.ts";
import { createScriptedScorer } from "../guard/scripted-scorer.ts";

const KEY = Buffer.alloc(32, 7);
const AT = Date.UTC(2026, 0, 31, 12);

function createRecords(of: Partial<TrailParts> & { takes?: () => boolean; isFailing?: boolean } = {}) {
	const records: DecisionRecord[] = [];
	const { takes = () => true, isFailing = false } = of;
	const append = (record: AuditRecord): boolean => {
		if (!takes()) return false;
		records.push(record as DecisionRecord);
		return true;
	};
	const log = { append, isFailing };
	const defaults = { log, key: KEY, keepsContent: false, onFailure: "block", now: () => AT } as const;
	return { records, trail: createDecisionTrail({ ...defaults, ...of }) };
}

function hmac(text: string): string {
	return createHmac("sha256", KEY).update(text).digest("hex");
}

describe("a moderator with records", () => {
	it("leaves one per text, with everything that the decision came from and nothing of the text", async () => {
		const { records, trail } = createRecords();
		const moderator = recordDecisions(createFakeModerator(), trail);
		const origin = { surface: "/v1/moderations", requestId: "req-1", keyId: "key_1", tenant: "acme" };
		await moderator.moderate(["good", { prompt: "well?", response: "bad" }], { origin });
		assert.equal(records.length, 2);
		const [first, second] = records as [DecisionRecord, DecisionRecord];
		assert.deepEqual(
			{ ...second, policies: second.policies.filter(({ policy }) => policy === "hate") },
			{
				kind: "decision",
				at: "2026-01-31T12:00:00.000Z",
				surface: "/v1/moderations",
				part: undefined,
				score_only: undefined,
				request: "req-1",
				key: "key_1",
				tenant: "acme",
				batch: undefined,
				line: undefined,
				index: 1,
				action: "block",
				risk: 0.95,
				model: { id: "fake-guard", hash: "sha256:0000" },
				policies: [
					{
						policy: "hate",
						hash: hashPolicy(fakePolicy("hate")),
						risk: 0.95,
						flag: 0.5,
						block: 0.9,
						action: "block",
						scorer: "head",
						stages: 1,
						lacked: undefined,
						instead: undefined,
					},
				],
				text: { hmac: hmac("bad"), characters: 3 },
				prompt: { hmac: hmac("well?"), characters: 5 },
				content: undefined,
				latency_ms: 1.235,
			},
		);
		assert.equal(first.action, "allow");
		assert.equal(first.policies.length, 4);
		assert.doesNotMatch(JSON.stringify(records), /good|well/);
	});

	it("keeps the texts only where that is asked for", async () => {
		const { records, trail } = createRecords({ keepsContent: true });
		await recordDecisions(createFakeModerator(), trail).moderate(["good", { prompt: "p", response: "r" }]);
		assert.deepEqual(
			records.map(({ content }) => content),
			[
				{ text: "good", prompt: undefined },
				{ text: "r", prompt: "p" },
			],
		);
	});

	it("names the line of a batch that a text stands on", async () => {
		const { records, trail } = createRecords();
		const origin = { surface: "/v1/classify", batch: "batch_1", lines: [4, 4, 9] };
		await recordDecisions(createFakeModerator(), trail).moderate(["a", "b", "c"], { origin });
		assert.deepEqual(
			records.map(({ batch, line }) => [batch, line]),
			[
				["batch_1", 4],
				["batch_1", 4],
				["batch_1", 9],
			],
		);
	});

	it("records a failure by its code, but not the ones that a batch tries again", async () => {
		const { records, trail } = createRecords();
		const fail = (code: "overloaded" | "inference_failed"): Promise<unknown> => {
			const before = (): never => {
				throw new SluiceError(code, { detail: "no" });
			};
			const origin = { surface: "/v1/classify", batch: "batch_1" };
			const moderator = recordDecisions(createFakeModerator({ before }), trail);
			return Promise.allSettled([moderator.moderate(["x"]), moderator.moderate(["x"], { origin })]);
		};
		await fail("overloaded");
		assert.deepEqual(
			records.map(({ action, error, batch }) => [action, error, batch]),
			[[null, "overloaded", undefined]],
		);
	});

	it("gives no verdict without a record where the installation says so, and gives it otherwise", async () => {
		const strict = createRecords({ takes: () => false });
		const refusal = { code: "audit_unavailable" };
		await assert.rejects(recordDecisions(createFakeModerator(), strict.trail).moderate(["x"]), refusal);
		let asked = 0;
		const failing = createRecords({ isFailing: true });
		const counting = createFakeModerator({ before: () => void asked++ });
		await assert.rejects(recordDecisions(counting, failing.trail).moderate(["x"]), refusal);
		assert.equal(asked, 0, "nothing is judged in vain");
		const lax = createRecords({ takes: () => false, isFailing: true, onFailure: "continue" });
		assert.equal((await recordDecisions(createFakeModerator(), lax.trail).moderate(["x"])).length, 1);
	});

	it("is the same moderator otherwise, and has one without records", async () => {
		const { records, trail } = createRecords();
		const plain = createFakeModerator();
		const moderator = recordDecisions(plain, trail);
		assert.equal(moderator.policies, plain.policies);
		assert.equal(moderator.isReady(), true);
		await moderator.unrecorded!.moderate(["x"]);
		assert.equal(records.length, 0);
	});

	it("names the policy that a key with thresholds of its own judges by", async () => {
		const { records, trail } = createRecords();
		const grant = { thresholds: { hate: { block: 0.96 } } };
		const scorer = {
			...{ model: { id: "m", hash: "h" }, maxCharacters: 100, check() {}, load: () => ({ queued: 0, running: 0 }) },
			score: async () => [{ risks: { hate: 0.95 }, spans: {}, tokens: 1 }],
			close: async () => {},
		};
		const moderator = createModerator({ policies: [fakePolicy("hate")], scorer, maxCharacters: 100 });
		await moderator.ready();
		const recorded = recordDecisions(moderator, trail);
		await recorded.moderate(["x"]);
		await recorded.moderate(["x"], { grant });
		const thresholds = { flag: 0.5, block: 0.96, target: "made up" };
		assert.deepEqual(
			records.map(({ action, policies: [policy] }) => [action, policy!.block, policy!.hash]),
			[
				["block", 0.9, hashPolicy(fakePolicy("hate"))],
				["flag", 0.96, hashPolicy({ ...fakePolicy("hate"), thresholds })],
			],
		);
	});

	it("says of a policy's hash that it stands for what decides, not for what is for people", () => {
		const policy = fakePolicy("hate");
		const { thresholds } = policy;
		assert.equal(hashPolicy({ ...policy, title: "Other" }), hashPolicy(policy));
		assert.notEqual(hashPolicy({ ...policy, thresholds: { ...thresholds, flag: 0.4 } }), hashPolicy(policy));
		assert.notEqual(hashPolicy({ ...policy, guideline: "Other." }), hashPolicy(policy));
	});
});

describe("a guard with records", () => {
	const policies = [fakePolicy("hate")];

	async function* deltas(...texts: string[]): AsyncGenerator<string> {
		yield* texts;
	}

	it("leaves one per stream that says what became of the text, not what a risk said", async () => {
		const { records, trail } = createRecords();
		const record = recordStreams(trail, { surface: "/v1/chat/completions", part: "output", requestId: "req-2" });
		const scorer = createScriptedScorer((text) => (text.includes("bad") ? 0.95 : 0.1));
		const released: string[] = [];
		for await (const event of guardStream(deltas("one ", "two ", "bad ", "four "), { scorer, policies, record }))
			if (event.type === "text") released.push(event.text);
		assert.equal(records.length, 1);
		const { action, risk, stream, text, part, request, error } = records[0]!;
		assert.deepEqual(
			{ action, risk, part, request, error },
			{ action: "block", risk: 0.95, part: "output", request: "req-2", error: undefined },
		);
		assert.equal(stream!.reason, "policy");
		assert.equal(stream!.released_characters, released.join("").length);
		assert.equal(stream!.leaked_characters, 0);
		assert.ok(text.characters >= 12);
		assert.doesNotMatch(released.join(""), /bad/);
	});

	it("describes a text the same in pieces and as a whole, also where a piece ends inside a character", () => {
		const { trail } = createRecords();
		const whole = "a🎈b\ud83c";
		for (let cut = 0; cut <= whole.length; cut++) {
			const pieces = trail.describePieces();
			pieces.push(whole.slice(0, cut));
			pieces.push(whole.slice(cut));
			assert.deepEqual(pieces.end(), trail.describe(whole), `cut at ${cut}`);
		}
	});

	it("leaves one for a stream that nobody reads to its end", async () => {
		const { records, trail } = createRecords();
		const record = recordStreams(trail, { surface: "library" });
		const scorer = createScriptedScorer(() => 0.1);
		for await (const _ of guardStream(deltas("one ", "two "), { scorer, policies, record })) break;
		assert.deepEqual(
			records.map(({ stream }) => stream!.reason),
			["reader"],
		);
	});

	it("is not begun where it could not be recorded", () => {
		const { trail } = createRecords({ isFailing: true });
		const record = recordStreams(trail, { surface: "library" });
		const scorer = createScriptedScorer(() => 0.1);
		assert.throws(() => guardStream(deltas("x"), { scorer, policies, record }), { code: "audit_unavailable" });
	});
});
