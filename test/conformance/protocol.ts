/**
 * What every wire format promises, whatever it looks like: risks of its own measured names and of no other, offsets into the
 * text as sent, clear refusals in its own error body that repeat nothing, and no missing score that looks harmless.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { type ErrorCode, SluiceError } from "../../src/errors.ts";
import type { Moderator } from "../../src/moderator.ts";
import type { Action, Policy, Verdict } from "../../src/types.ts";
import { createFakeModerator } from "../fake-moderator.ts";
import { createHarness, type Harness } from "../http/harness.ts";

/** A wire format to test. */
export interface ProtocolSubject {
	readonly name: string;
	/** With the query that its clients send. */
	readonly path: string;
	/** The request for a text. */
	body(text: string): object;
	/** JSON pointer to the text. */
	readonly pointer: string;
	/** Two policies, `threat` and `insult`, under names of the format. */
	readonly policies: readonly Policy[];
	/** How risky the answer says the text is, 0..1 or up to another highest value, by each name that it measures. */
	risks(answer: unknown): Readonly<Record<string, number>>;
	/** The names that `threat` and `insult` have there. */
	readonly names: { readonly threat: string; readonly insult: string };
	/** From here on a risk is high. */
	readonly high: number;
	/** What an answer lists: names of a service, or the verdict's policies as they are. */
	readonly shows: "names" | "policies";
	/** A request that asks for a name no policy measures, where the format lets callers name what they want. */
	askUnmeasured?(text: string): object;
	/** Requests that are wrong beside those every format refuses; each is a 400. */
	readonly malformed: readonly unknown[];
	/** What the format shows in place of a risk: a risk, or the error `no_score`. */
	readonly instead: Readonly<Record<Action, number | "no_score">>;
	/** Offsets, where the format has any. */
	readonly spans?: { body(text: string): object; read(answer: unknown): { begin: number; end: number }[] };
	/** Checks that the body is a whole error of the format and that it means `code`; `pointer` is the field it must name. */
	assertError(response: Response, body: unknown, of: { code: ErrorCode; pointer?: string | undefined }): void;
}

const SECRET = "verysecretwords";

/** "threat" and "insult" in a text are the risks 0.97 and 0.7 of the policies of these names. */
function risk(text: string, policy: string): number {
	return text.includes(policy) ? { threat: 0.97, insult: 0.7 }[policy]! : 0.01;
}

/** Declares the tests of one subject. */
export function testProtocol(subject: ProtocolSubject): void {
	const open = (options: Parameters<typeof createHarness>[0] = {}): Harness =>
		createHarness({ policies: subject.policies, risk, ...options });
	const h = open();
	const answer = async (body: unknown, on: Harness = h): Promise<unknown> => {
		const response = await on.post(subject.path, body);
		const text = await response.text();
		assert.equal(response.status, 200, text);
		return JSON.parse(text);
	};
	const refusal = async (response: Response, code: ErrorCode, pointer?: string): Promise<void> => {
		const text = await response.text();
		assert.ok(response.status >= 400, text);
		assert.match(response.headers.get("x-request-id") ?? "", /^[\w.:-]+$/);
		assert.doesNotMatch(text, new RegExp(SECRET));
		subject.assertError(response, JSON.parse(text), { code, pointer });
	};

	describe(`protocol: ${subject.name}`, () => {
		describeAnswers(subject, answer, open);
		describeRefusals(subject, { h, open, refusal });
	});
}

type Ask = (body: unknown, on?: Harness) => Promise<unknown>;
type Open = (options?: Parameters<typeof createHarness>[0]) => Harness;

function describeAnswers(subject: ProtocolSubject, answer: Ask, open: Open): void {
	const { names, high } = subject;
	const risksOf = async (text: string, on?: Harness): Promise<Readonly<Record<string, number>>> =>
		subject.risks(await answer(subject.body(text), on));

	it("a threat has a high risk by its name and a low one by the other, a recipe low ones by both", async () => {
		const threat = await risksOf("this is a threat");
		assert.ok(threat[names.threat]! >= high, JSON.stringify(threat));
		assert.ok(threat[names.insult]! < high / 2);
		const recipe = await risksOf("Bake the bread for 40 minutes.");
		for (const name of Object.values(names)) assert.ok(recipe[name]! < high / 2, name);
	});
	it("a riskier text has at least the same risk", async () => {
		const steps = [0, 0.01, 0.2, 0.49, 0.5, 0.7, 0.89, 0.9, 0.95, 1];
		const shown: number[] = [];
		for (const step of steps) shown.push((await risksOf("a", open({ risk: () => step })))[names.threat]!);
		assert.deepEqual(
			shown,
			shown.toSorted((a, b) => a - b),
		);
		assert.ok(shown.at(-1)! > shown[0]!);
	});
	it("names that no policy measures are absent from the answer, or refused", async () => {
		const measured = Object.keys(await risksOf("a")).sort();
		assert.deepEqual(measured, Object.values(names).sort());
		if (subject.askUnmeasured === undefined) return;
		const response = await open().post(subject.path, subject.askUnmeasured("a"));
		assert.equal(response.status, 400, await response.text());
	});
	it("what stands in place of a risk never looks harmless, unless the policy says so and the format can", async () => {
		for (const action of ["block", "flag", "allow"] as const) {
			const moderator = createInsteadModerator(subject.policies, action);
			const response = await open({ moderator }).post(subject.path, subject.body("a threat"));
			const expected = subject.instead[action];
			const text = await response.text();
			if (expected === "no_score") {
				assert.equal(response.status, 503, text);
				assert.equal(response.headers.get("retry-after"), "1");
				subject.assertError(response, JSON.parse(text), { code: "no_score" });
			} else assert.equal(subject.risks(JSON.parse(text))[names.threat], expected, action);
			if (action !== "allow" && typeof expected === "number") assert.ok(expected > 0);
		}
	});
	it("a verdict that lacks a policy is an error where the format answers by names of its own, never a 0", async () => {
		if (subject.shows === "policies") return;
		const fake = createFakeModerator({ policies: subject.policies, risk });
		const moderate: Moderator["moderate"] = async (contents) =>
			(await fake.moderate(contents)).map((v) => ({ ...v, policies: v.policies.slice(1) }));
		const response = await open({ moderator: { ...fake, model: fake.model, moderate } }).post(
			subject.path,
			subject.body("a threat"),
		);
		const text = await response.text();
		assert.equal(response.status, 500, text);
		subject.assertError(response, JSON.parse(text), { code: "inference_failed" });
	});
	it("offsets point into the text as sent, with emoji and combining characters before and in them", async () => {
		if (subject.spans === undefined) return;
		const first = "Cafe\u0301 \u{1f468}\u200d\u{1f469}\u200d\u{1f467} is nice.";
		const second = "\u{1f600} This is a threat\u0301!";
		const text = `  ${first}\n\n${second} `;
		const spans = subject.spans.read(await answer(subject.spans.body(text)));
		assert.deepEqual(
			spans.map(({ begin, end }) => text.slice(begin, end)),
			[first, second],
		);
	});
	it("__proto__ in a body pollutes nothing", async () => {
		const body = JSON.stringify(subject.body("a")).replace("{", '{"__proto__":{"polluted":1},');
		const response = await open().post(subject.path, body);
		assert.ok([200, 400].includes(response.status));
		assert.equal(({} as { polluted?: number }).polluted, undefined);
	});
}

interface RefusalParts {
	readonly h: Harness;
	readonly open: Open;
	refusal(response: Response, code: ErrorCode, pointer?: string): Promise<void>;
}

function describeRefusals(subject: ProtocolSubject, { h, open, refusal }: RefusalParts): void {
	const { path, pointer } = subject;
	const refuse = async (body: unknown, code: ErrorCode, at?: string, headers?: Record<string, string>): Promise<void> =>
		refusal(await h.post(path, body, headers), code, at);

	it("refuses a text that is empty, ill-formed or too long, naming its place", async () => {
		await refuse(subject.body(""), "invalid_request", pointer);
		await refuse(JSON.stringify(subject.body(`${SECRET} @`)).replace("@", "\\ud800"), "invalid_request", pointer);
		await refuse(subject.body(SECRET.repeat(100)), "text_too_long", pointer);
		assert.equal((await h.post(path, subject.body("x".repeat(1000)))).status, 200);
	});
	it("refuses bodies that are no JSON object of its form", async () => {
		await refuse(`{"a": ${SECRET}`, "invalid_json");
		await refuse("", "invalid_json");
		await refuse("[".repeat(60_000), "invalid_json");
		await refuse(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), "invalid_request");
		for (const body of ["null", "[]", '"x"', "3", "{}", `{"a":${"[".repeat(30_000)}${"]".repeat(30_000)}}`])
			await refuse(body, "invalid_request");
		for (const body of subject.malformed) {
			const response = await h.post(path, body);
			assert.equal(response.status, 400, JSON.stringify(body));
			const text = await response.text();
			const code = /unsupported_input/i.test(text) ? "unsupported_input" : "invalid_request";
			subject.assertError(response, JSON.parse(text), { code });
		}
	});
	it("refuses a body over the limit, and one of another media type or encoding", async () => {
		await refuse(subject.body("x".repeat(70_000)), "body_too_large");
		await refuse("{}", "body_too_large", undefined, { "content-length": "65537" });
		await refuse(subject.body("a"), "unsupported_media_type", undefined, { "content-type": "text/plain" });
		await refuse(subject.body("a"), "unsupported_media_type", undefined, { "content-encoding": "gzip" });
	});
	it("refuses another method, with Allow", async () => {
		const response = await h.app.request(path);
		assert.equal(response.status, 405);
		assert.equal(response.headers.get("allow"), "POST");
		await refusal(response, "method_not_allowed");
	});
	it("says when it cannot judge: loading, at capacity, out of time, broken", async () => {
		const failing = (error: Error): Harness =>
			open({
				before: () => {
					throw error;
				},
			});
		await refusal(await open({ ready: false }).post(path, subject.body("a")), "not_ready");
		const busy = await failing(new SluiceError("overloaded", { detail: "full", retryAfterMs: 2300 })).post(
			path,
			subject.body("a"),
		);
		assert.deepEqual([busy.status, busy.headers.get("retry-after")], [503, "3"]);
		await refusal(busy, "overloaded");
		const remote = new SluiceError("remote_failed", { detail: "the remote service cannot be reached" });
		await refusal(await failing(remote).post(path, subject.body("a")), "remote_failed");
		await refusal(await failing(new TypeError(`cannot read ${SECRET}`)).post(path, subject.body("a")), "internal");
		const waiting = open({ before: async (_, options) => void (await once(options!.signal!, "abort")) });
		const late = await waiting.post(path, subject.body("a"), { "x-sluice-deadline-ms": "5" });
		await refusal(late, "deadline_exceeded");
	});
	it("points at its own text when the moderator refuses it", async () => {
		const longer = new SluiceError("text_too_long", { detail: "text 0 is too long for the model", pointer: "/0" });
		const on = open({
			before: () => {
				throw longer;
			},
		});
		await refusal(await on.post(path, subject.body("a")), "text_too_long", pointer);
	});
	it("neither answers nor log lines of refusals repeat what was sent, keys and names included", async () => {
		const on = open();
		const bodies = [
			{ ...subject.body("a"), [SECRET]: SECRET },
			{ ...subject.body(`${SECRET}\ud800`), [SECRET]: { [SECRET]: SECRET } },
			deepReplace(subject.body("a"), SECRET),
			deepReplace(subject.body("a"), { [SECRET]: SECRET }),
			deepReplace(subject.body("a"), [SECRET]),
			{ [SECRET]: SECRET },
		];
		for (const body of bodies) {
			const response = await on.post(path, body);
			const text = await response.text();
			if (response.status !== 200) assert.doesNotMatch(text, new RegExp(SECRET));
		}
		assert.doesNotMatch(on.lines.join(""), new RegExp(SECRET));
	});
}

/** The body with each field in turn replaced would be many; this replaces every field that is no object. */
function deepReplace(body: object, by: unknown): object {
	return Object.fromEntries(
		Object.entries(body).map(([key, value]) => [
			key,
			typeof value === "object" && value !== null && !Array.isArray(value) ? deepReplace(value, by) : by,
		]),
	);
}

/** A moderator whose policy `threat` has an action in place of a risk. */
export function createInsteadModerator(policies: readonly Policy[], action: Action): Moderator {
	const fake = createFakeModerator({ policies });
	return {
		...fake,
		model: fake.model,
		async moderate(contents, options) {
			const verdicts = await fake.moderate(contents, options);
			return verdicts.map(
				(verdict): Verdict => ({
					...verdict,
					action,
					policies: verdict.policies.map((p) =>
						p.policy === "threat"
							? { ...p, risk: null, action, decision: { ...p.decision, instead: { action, reason: "failed" } } }
							: p,
					),
				}),
			);
		},
	};
}
