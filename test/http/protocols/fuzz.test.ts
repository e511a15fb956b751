import assert from "node:assert/strict";
import { it } from "node:test";
import { createHarness } from "../harness.ts";
import { SUBJECTS } from "./subjects.ts";

const CASES = 1200;

/** Bodies near a right one: fields replaced, added, dropped, renamed, broken JSON. Seeded: the same on every run. */
function createMutations(seed: number, right: object): () => string {
	let state = seed;
	const random = (): number => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 4294967296;
	};
	const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
	const names = ["__proto__", "constructor", "length", "toString", "score_type", "THREAT", "text", "then"];
	const makers: readonly ((depth: number) => unknown)[] = [
		() => pick(["a", "", "\ud800", "x".repeat(1500), null, 0, 1, -1e308, true, "PLAIN_TEXT", "THREAT"]),
		(depth) => Array.from({ length: Math.floor(random() * 4) }, () => make(depth + 1)),
		(depth) => Object.fromEntries([[pick(names), make(depth + 1)]]),
	];
	const make = (depth: number): unknown => pick(depth < 4 ? makers : makers.slice(0, 1))(depth);
	const mutate = (value: unknown): unknown => {
		if (random() < 0.25 || typeof value !== "object" || value === null) return random() < 0.6 ? value : make(1);
		if (Array.isArray(value)) return value.map(mutate);
		const fields = Object.entries(value).filter(() => random() < 0.95);
		const mutated = fields.map(([name, field]) => [random() < 0.05 ? pick(names) : name, mutate(field)]);
		return Object.fromEntries(random() < 0.15 ? [...mutated, [pick(names), make(1)]] : mutated);
	};
	return () => {
		const body = JSON.stringify(random() < 0.1 ? make(0) : mutate(right)) ?? "";
		if (random() < 0.9) return body;
		const at = Math.floor(random() * body.length);
		return body.slice(0, at) + pick(["", "\u0000", "{", '"', "é"]) + body.slice(at + 1);
	};
}

for (const [i, subject] of SUBJECTS.entries())
	it(`${subject.name}: ${CASES} bodies near right ones never get a 5xx; a 200 is a whole answer`, async () => {
		const h = createHarness({ policies: subject.policies });
		const next = createMutations(i + 1, (subject.spans ?? subject).body("Some text. And more."));
		const seen: Record<number, number> = {};
		for (let n = 0; n < CASES; n++) {
			const body = next();
			const response = await h.post(subject.path, body);
			seen[response.status] = (seen[response.status] ?? 0) + 1;
			assert.ok([200, 400, 413].includes(response.status), `${response.status} for ${body.slice(0, 300)}`);
			const answer: unknown = await response.json();
			// a threshold may hide all of Perspective's scores; every other answer can be read
			if (response.status === 200 && "attributeScores" in (answer as object) === (subject.spans !== undefined))
				assert.doesNotThrow(() => subject.risks(answer), body);
		}
		assert.ok(seen[200]! > 50 && seen[400]! > 300, JSON.stringify(seen));
	});
