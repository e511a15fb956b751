import assert from "node:assert/strict";
import { it } from "node:test";
import type { Problem } from "../../src/http/problem.ts";
import { createHarness } from "./harness.ts";

const CASES = 4000;

/** Bodies near the schemas: right and wrong shapes, hostile keys, broken strings, damaged JSON. Seeded: the same on every run. */
function createBodies(seed: number): () => string {
	let state = seed;
	const random = (): number => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 4294967296;
	};
	const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
	const keys = ["toString", "length", "then", "constructor", "__proto__", "input", "valueOf"];
	const makers: readonly ((depth: number) => unknown)[] = [
		() => pick(["a", "", "\ud800", "x".repeat(1500), "bad", null, 0, -1e308, true]),
		() => pick(["a", "some words", "omni-moderation-latest", "hate"]),
		(depth) => Array.from({ length: Math.floor(random() * 12) }, () => make(depth + 1)),
		(depth) => ({ type: pick(["text", "image_url", "x", 1]), text: make(depth + 1), image_url: make(depth + 1) }),
		(depth) => Object.fromEntries([[pick(keys), make(depth + 1)]]),
	];
	const make = (depth: number): unknown => pick(depth < 4 ? makers : makers.slice(0, 2))(depth);
	return () => {
		const value = pick([make(0), { input: make(0) }, { input: make(0), model: make(0), policies: make(0) }]);
		const body = JSON.stringify(value);
		if (random() < 0.8) return body;
		const at = Math.floor(random() * body.length);
		return body.slice(0, at) + pick(["", "\u0000", "{", '"', "é"]) + body.slice(at + 1);
	};
}

it(`${CASES} random bodies: never a 5xx, every refusal a complete problem`, async () => {
	const h = createHarness();
	const next = createBodies(11);
	const seen: Record<number, number> = {};
	for (let i = 0; i < CASES; i++) {
		const body = next();
		const response = await h.post(i % 2 ? "/v1/moderations" : "/v1/classify", body);
		const answer = (await response.json()) as Problem;
		seen[response.status] = (seen[response.status] ?? 0) + 1;
		assert.ok([200, 400, 413].includes(response.status), `${response.status} for ${body.slice(0, 300)}`);
		if (response.status !== 200) assert.equal(answer.error.message, answer.detail);
	}
	assert.ok(seen[200]! > 50 && seen[400]! > 1000, JSON.stringify(seen));
});
it("400 an object that pretends to have a length", async () => {
	const h = createHarness();
	const trap = { length: [{ toString: 1 }] };
	for (const body of [{ input: "a", policies: trap }, { input: trap }, { input: [trap] }])
		assert.equal((await h.post("/v1/classify", body)).status, 400);
});
