/** What every remote service is held to, against a double that breaks in all ways a network and a server can. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { inspect } from "node:util";
import { SluiceError } from "../../../src/errors.ts";
import type { Policy, Score } from "../../../src/types.ts";
import { cut, cutInBody, type Fault, flood, sendJson, stall, stallInBody } from "./service-double.ts";
import { KEY, remotePolicy, riskOf, SUBJECTS, setUp } from "./subjects.ts";

/** A time in which nothing here should end by itself. */
const LONG_MS = 30_000;
/** Deadlines of stalled calls, and how much later a busy machine may notice. */
const SHORT_MS = 80;
const SLACK_MS = 1500;
const inMs = (ms: number): number => performance.now() + ms;

const assertRisk = (score: Score | undefined, policy: Policy, risk: number): void => {
	assert.ok(Math.abs((score?.risks[policy.id] ?? Number.NaN) - risk) < 1e-9, `${inspect(score)}: not ${risk}`);
};
const assertInstead = (score: Score | undefined, policy: Policy, action: string): void => {
	assert.equal(score?.risks[policy.id], undefined);
	assert.deepEqual(score?.decisions?.[policy.id]?.instead, { action, reason: "failed" });
};
const assertFailure = async (call: Promise<unknown>, code: string): Promise<SluiceError> => {
	const error = await call.then(
		() => assert.fail("was scored"),
		(reason: unknown) => reason,
	);
	assert.ok(error instanceof SluiceError, inspect(error));
	assert.equal(error.code, code, error.detail);
	assert.ok(!inspect(error, { depth: 9 }).includes(KEY), "the error shows the key");
	assert.ok(!inspect(error, { depth: 9 }).includes("classified"), "the error shows the text");
	return error;
};

for (const subject of SUBJECTS) {
	describe(`remote scorer: ${subject.name}`, () => {
		const policy = remotePolicy(subject);
		const flagging = remotePolicy(subject, { onFailure: "flag" });
		const allowing = remotePolicy(subject, { onFailure: "allow" });
		const open = (t: TestContext, over: Parameters<typeof setUp>[2] = {}) => setUp(t, subject, over);

		it("gives each text its own risk, in order, whatever order the answers come in", async (t) => {
			const { double, scorer } = await open(t);
			const held: (() => void)[] = [];
			double.always = (_, answer) => {
				held.push(answer);
				if (held.length === 3) for (const release of held.reverse()) release();
			};
			const texts = Array.from({ length: 2 * subject.batch + 1 }, (_, i) => `risk 0.${100 + i}`);
			const scores = await scorer.score(texts, [policy]);
			assert.equal(double.seen.length, 3);
			assert.equal(scores.length, texts.length);
			for (const [i, score] of scores.entries()) assertRisk(score, policy, riskOf(texts[i]!));
			const decision = scores[0]?.decisions?.[policy.id];
			assert.deepEqual([decision?.scorer, decision?.stages], [`remote:${subject.service}`, 1]);
			assert.ok((decision?.ms ?? -1) >= 0);
			assert.deepEqual(await scorer.score([], [policy]), []);
		});

		it("sends the key in its header and nowhere else", async (t) => {
			const { double, scorer } = await open(t);
			await scorer.score(["some text"], [policy]);
			const [{ path, headers, raw } = assert.fail("nothing was sent")] = double.seen;
			assert.equal(path, subject.path);
			assert.equal(headers[subject.key[0]], subject.key[1]);
			const { [subject.key[0]]: _, ...others } = headers;
			assert.ok(!`${path} ${raw} ${JSON.stringify(others)} ${JSON.stringify(scorer.model)}`.includes(KEY));
		});

		it("waits as long as a 429 asks, then tries again", async (t) => {
			const { double, scorer, waits } = await open(t);
			double.next.push(sendJson(429, "{}", { "retry-after": "7" }));
			const [score] = await scorer.score(["risk 0.7"], [policy], { deadlineMs: inMs(LONG_MS) });
			assertRisk(score, policy, 0.7);
			assert.deepEqual(waits, [7100]);
		});

		it("does not wait where a 429 asks for more than the deadline allows", async (t) => {
			const { double, scorer, waits } = await open(t);
			double.always = sendJson(429, "{}", { "retry-after": "7" });
			const call = scorer.score(["classified"], [policy], { deadlineMs: inMs(5000) });
			const error = await assertFailure(call, "remote_failed");
			assert.equal(error.retryAfterMs, 7000);
			assert.deepEqual([double.seen.length, waits.length], [1, 0]);
			const [score] = await scorer.score(["classified"], [flagging], { deadlineMs: inMs(5000) });
			assertInstead(score, flagging, "flag");
		});

		it("tries again after faults that may pass, with growing waits", async (t) => {
			for (const fault of [sendJson(500, "oops"), sendJson(503, "{}"), sendJson(408, "{}"), cut, cutInBody]) {
				const { double, scorer, waits } = await open(t);
				double.next.push(fault, fault);
				assertRisk((await scorer.score(["risk 0.7"], [policy]))[0], policy, 0.7);
				assert.deepEqual(waits, [100, 200]);
			}
		});

		it("takes a service that keeps failing for a failure", async (t) => {
			for (const fault of [sendJson(500, '{"error":"classified"}'), cut, cutInBody]) {
				const { double, scorer } = await open(t);
				double.always = fault;
				await assertFailure(scorer.score(["classified risk 0.7"], [policy]), "remote_failed");
				assert.equal(double.seen.length, 3);
				assertInstead((await scorer.score(["classified"], [flagging]))[0], flagging, "flag");
				assertInstead((await scorer.score(["classified"], [allowing]))[0], allowing, "allow");
			}
		});

		it("asks once where asking again cannot help", async (t) => {
			const refusals: [Fault, RegExp][] = [
				[sendJson(400, '{"error":{"message":"classified"}}'), /status 400/],
				[sendJson(401, `{"error":"${KEY}"}`), /refuses the API key with status 401/],
				[sendJson(307, "", { location: "http://127.0.0.1:9/" }), /status 307/],
				[sendJson(204, ""), /status 204/],
			];
			for (const [fault, message] of refusals) {
				const { double, scorer } = await open(t);
				double.always = fault;
				const error = await assertFailure(scorer.score(["classified"], [policy]), "remote_failed");
				assert.match(error.detail, message);
				assert.equal(double.seen.length, 1);
			}
		});

		it("ends at the deadline when the service stalls, as an error or with the declared action", async (t) => {
			for (const fault of [stall, stallInBody]) {
				const { double, scorer } = await open(t);
				double.always = fault;
				for (const [declared, check] of [
					[policy, (call: Promise<Score[]>) => assertFailure(call, "deadline_exceeded")],
					[flagging, async (call: Promise<Score[]>) => assertInstead((await call)[0], flagging, "flag")],
				] as const) {
					const began = performance.now();
					await check(scorer.score(["classified"], [declared], { deadlineMs: began + SHORT_MS }));
					assert.ok(performance.now() - began < SHORT_MS + SLACK_MS);
				}
				assert.deepEqual(scorer.load(), { queued: 0, running: 0 });
			}
		});

		it("gives up an attempt after its own time and tries again", async (t) => {
			const { double, scorer } = await open(t, { timeoutMs: 40 });
			double.next.push(stall, stallInBody);
			assertRisk((await scorer.score(["risk 0.7"], [policy]))[0], policy, 0.7);
			double.always = stall;
			const error = await assertFailure(scorer.score(["classified"], [policy]), "remote_failed");
			assert.match(error.detail, /did not answer within 40 ms/);
		});

		it("takes anything but the documented answer for a failure, never for safe", async (t) => {
			const bodies = ["", "nope", '{"results": [', "null", "[]", "0", ...subject.wrong.map((w) => JSON.stringify(w))];
			for (const body of bodies) {
				const { double, scorer } = await open(t);
				double.always = sendJson(200, body);
				await assertFailure(scorer.score(["classified"], [policy]), "remote_failed");
				assert.equal(double.seen.length, 1);
				assertInstead((await scorer.score(["classified"], [flagging]))[0], flagging, "flag");
			}
		});

		const lacking = subject.lacking === undefined ? undefined : JSON.stringify(subject.lacking);
		if (lacking !== undefined)
			it("takes an answer without the policy's category for a failure", async (t) => {
				const { double, scorer } = await open(t);
				double.always = sendJson(200, lacking);
				const error = await assertFailure(scorer.score(["classified"], [policy]), "remote_failed");
				assert.match(error.detail, new RegExp(`left out the category "${subject.category}"`));
				assertInstead((await scorer.score(["classified"], [flagging]))[0], flagging, "flag");
			});

		it("reads no more of an answer than the limit", async (t) => {
			const { double, scorer } = await open(t, { maxBytes: 100_000 });
			double.always = flood;
			const error = await assertFailure(scorer.score(["classified"], [policy]), "remote_failed");
			assert.match(error.detail, /sent more than 100000 bytes/);
		});

		it("a service killed in mid-run leaves no call hanging and no text scored by accident", async (t) => {
			const texts = Array.from({ length: 8 * subject.batch }, (_, i) => `classified risk 0.${100 + i}`);
			for (const declared of [policy, flagging]) {
				const { double, scorer } = await open(t, { concurrency: 2 });
				double.always = (_, answer) => (double.seen.length <= 3 ? answer() : double.kill());
				const call = scorer.score(texts, [declared], { deadlineMs: inMs(LONG_MS) });
				if (declared === policy) {
					await assertFailure(call, "remote_failed");
					continue;
				}
				const scores = await call;
				assert.equal(scores.length, texts.length);
				const failed = scores.filter((score, i) => {
					const scored = declared.id in score.risks;
					if (scored) assertRisk(score, declared, riskOf(texts[i]!));
					else assertInstead(score, declared, "flag");
					return !scored;
				});
				assert.ok(failed.length > 0 && failed.length < texts.length, `${failed.length} failed`);
			}
		});

		it("leaves a broken service alone, then asks once whether it is back", async (t) => {
			const breaker = { failures: 3, windowMs: 30_000, openMs: 10_000 };
			const { double, scorer, clock } = await open(t, { breaker, retries: 0 });
			double.always = sendJson(500, "{}");
			for (let i = 0; i < 3; i++) await assertFailure(scorer.score(["classified"], [policy]), "remote_failed");
			const error = await assertFailure(scorer.score(["classified"], [policy]), "remote_failed");
			assert.match(error.detail, /left alone/);
			assert.ok((error.retryAfterMs ?? 0) > 0);
			assertInstead((await scorer.score(["classified"], [flagging]))[0], flagging, "flag");
			assert.equal(double.seen.length, 3);
			clock.aheadMs += 10_000;
			await assertFailure(scorer.score(["classified"], [policy]), "remote_failed");
			await assertFailure(scorer.score(["classified"], [policy]), "remote_failed");
			assert.equal(double.seen.length, 4);
			clock.aheadMs += 10_000;
			double.always = undefined;
			assertRisk((await scorer.score(["risk 0.7"], [policy]))[0], policy, 0.7);
			assertRisk((await scorer.score(["risk 0.6"], [policy]))[0], policy, 0.6);
		});

		it("a probe whose caller leaves is followed by another", async (t) => {
			const breaker = { failures: 1, windowMs: 30_000, openMs: 10_000 };
			const { double, scorer, clock } = await open(t, { breaker, retries: 0 });
			double.next.push(cut);
			await assertFailure(scorer.score(["classified"], [policy]), "remote_failed");
			clock.aheadMs += 10_000;
			const caller = new AbortController();
			double.next.push(() => caller.abort());
			await assertFailure(scorer.score(["classified"], [policy], { signal: caller.signal }), "aborted");
			assertRisk((await scorer.score(["risk 0.7"], [policy]))[0], policy, 0.7);
		});

		it("an answer in the wrong form does not open the circuit, or one text could switch the service off", async (t) => {
			const breaker = { failures: 1, windowMs: 30_000, openMs: 10_000 };
			const { double, scorer } = await open(t, { breaker });
			double.next.push(sendJson(200, "{}"));
			await assertFailure(scorer.score(["classified"], [policy]), "remote_failed");
			assertRisk((await scorer.score(["risk 0.7"], [policy]))[0], policy, 0.7);
		});

		it("asks no more at once than allowed and refuses what does not fit the queue", async (t) => {
			const { double, scorer } = await open(t, { concurrency: 2, maxQueue: 1 });
			const held: (() => void)[] = [];
			double.always = (_, answer) => void held.push(answer);
			const calls = [0, 1, 2].map(() => scorer.score(["risk 0.7"], [policy]));
			await assertFailure(scorer.score(["classified"], [policy]), "overloaded");
			assertInstead((await scorer.score(["classified"], [flagging]))[0], flagging, "flag");
			assert.deepEqual(scorer.load(), { queued: 1, running: 2 });
			while (held.length < 2) await new Promise(setImmediate);
			double.always = undefined;
			for (const release of held) release();
			for (const [score] of await Promise.all(calls)) assertRisk(score, policy, 0.7);
			assert.equal(double.mostOpen, 2);
		});

		it("reads long texts whole, in overlapping windows, and takes the highest risk", async (t) => {
			const { double, scorer } = await open(t);
			const filler = "x".repeat(0.8 * subject.long);
			const [score] = await scorer.score([`${filler} risk 0.9 ${filler}`], [policy]);
			assertRisk(score, policy, 0.9);
			const texts = double.seen.flatMap(({ body }) => subject.texts(body as never));
			assert.ok(texts.length >= 2 && texts.every((text) => text.length < subject.long));
			assert.equal(score?.decisions?.[policy.id]?.windows, texts.length);
			await assertFailure(scorer.score(["fine", "y".repeat(200_001)], [policy]), "text_too_long");
		});

		it("a text with one failed window has no risk at all", async (t) => {
			const { double, scorer } = await open(t, { retries: 0, concurrency: 1 });
			double.next.push((_, answer) => answer(), cut);
			double.always = cut;
			const count = subject.batch * subject.long;
			const [score] = await scorer.score([`risk 0.9 ${"x".repeat(Math.min(count, 199_000))}`], [flagging]);
			assertInstead(score, flagging, "flag");
		});

		it("rejects when the caller leaves, the scorer closes or the deadline has passed, whatever is declared", async (t) => {
			const { double, scorer } = await open(t);
			await assertFailure(scorer.score(["classified"], [allowing], { deadlineMs: inMs(-1) }), "deadline_exceeded");
			assert.equal(double.seen.length, 0);
			const caller = new AbortController();
			double.always = () => caller.abort();
			await assertFailure(scorer.score(["classified"], [allowing], { signal: caller.signal }), "aborted");
			double.always = () => void scorer.close();
			await assertFailure(scorer.score(["classified"], [allowing]), "inference_failed");
			await assertFailure(scorer.score(["classified"], [allowing]), "inference_failed");
			assert.deepEqual(scorer.load(), { queued: 0, running: 0 });
		});

		it("refuses policies it cannot measure, naming what is unknown", async (t) => {
			const { scorer } = await open(t);
			scorer.check(policy);
			const unknown = remotePolicy(subject, { categories: [subject.category, "boredom", "envy"] });
			assert.throws(() => scorer.check(unknown), { code: "invalid_policy", message: /has no boredom, envy; it has / });
			const other = SUBJECTS.find(({ service }) => service !== subject.service)!;
			assert.throws(() => scorer.check(remotePolicy(other)), { code: "invalid_policy", message: /scorer.service/ });
			const head: Policy = { ...policy, scorer: { kind: "head", head: "hate" } };
			assert.throws(() => scorer.check(head), { code: "invalid_policy", pointer: "/scorer/kind" });
		});
	});
}
