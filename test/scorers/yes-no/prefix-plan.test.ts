import assert from "node:assert/strict";
import { test } from "node:test";
import { type PlannedPrompt, type PrefixNode, planPrefixes } from "../../../src/scorers/yes-no/prefix-plan.ts";
import { createRandom } from "../../engine/model-directory.ts";

/** `count` ids that depend on `seed`. */
const part = (seed: number, count: number): number[] => {
	const next = createRandom(seed);
	return Array.from({ length: count }, () => Math.floor(next() * 1e6));
};
const prompt = (...parts: number[][]): PlannedPrompt => ({ ids: Int32Array.from(parts.flat()), reusable: 0 });

/** Tokens that the plan reads. */
function cost(prompts: readonly PlannedPrompt[], node: PrefixNode): number {
	const own = node.prompts.map((i) => prompts[i]!.ids.length - node.tokens);
	const below = node.nodes.map((child) => child.tokens - node.tokens + cost(prompts, child));
	return [...own, ...below].reduce((sum, tokens) => sum + tokens, 0);
}

function checkPlan(prompts: readonly PlannedPrompt[]): PrefixNode {
	const plan = planPrefixes(prompts);
	const seen: number[] = [];
	const visit = (node: PrefixNode, prefix: string): void => {
		for (const i of node.prompts) {
			seen.push(i);
			assert.ok(prompts[i]!.ids.length > node.tokens, "a prompt has an id of its own");
			assert.ok(prompts[i]!.ids.join().startsWith(prefix));
		}
		for (const child of node.nodes) {
			assert.ok(child.tokens > node.tokens);
			const first = (of: PrefixNode): number => of.prompts[0] ?? first(of.nodes[0]!);
			visit(child, prompts[first(child)]!.ids.slice(0, child.tokens).join());
		}
	};
	visit(plan, "");
	assert.deepEqual(
		seen.sort((a, b) => a - b),
		prompts.map((_, i) => i),
	);
	return plan;
}

test("prompts of one content share it, and each keeps its own rest", () => {
	const shared = part(1, 200);
	const prompts = [2, 3, 4, 5].map((seed) => prompt(shared, part(seed, 100)));
	const plan = checkPlan(prompts);
	assert.equal(plan.nodes[0]!.tokens, 200);
	assert.equal(cost(prompts, plan), 200 + 4 * 100);
});

test("nested beginnings are shared where that saves more than a run costs", () => {
	const [a, b, c] = [part(1, 100), part(2, 100), part(3, 10)];
	const prompts = [
		prompt(a, b, part(4, 30)),
		prompt(a, b, part(5, 30)),
		prompt(a, c, part(6, 30)),
		prompt(a, c, part(7, 30)),
	];
	const plan = checkPlan(prompts);
	assert.deepEqual(
		plan.nodes.map(({ tokens, prompts: own, nodes }) => [tokens, own, nodes.map((node) => node.tokens)]),
		[[100, [2, 3], [200]]],
	);
});

test("a single prompt, and prompts that share little, are read at once", () => {
	assert.deepEqual(checkPlan([prompt(part(1, 300))]).nodes, []);
	assert.deepEqual(checkPlan([prompt(part(1, 20), part(2, 90)), prompt(part(1, 20), part(3, 90))]).nodes, []);
});

test("what other calls can use is a state of its own even for one prompt", () => {
	const ids = Int32Array.from(part(1, 60));
	const plan = checkPlan([{ ids, reusable: 40 }]);
	assert.deepEqual(
		plan.nodes.map(({ tokens, prompts }) => [tokens, prompts]),
		[[40, [0]]],
	);
});

test("equal prompts and a prompt that is another's beginning are planned", () => {
	const shared = part(1, 150);
	checkPlan([prompt(shared), prompt(shared), prompt(shared, part(2, 9)), prompt(shared.slice(0, 149))]);
	checkPlan([prompt([1]), prompt([1]), prompt([1])]);
});

test("random tries: every prompt is planned once, and no plan reads more than separate prompts", () => {
	const next = createRandom(5);
	for (let round = 0; round < 200; round++) {
		const prompts = Array.from({ length: 1 + Math.floor(next() * 12) }, () => {
			const parts = Array.from({ length: 1 + Math.floor(next() * 3) }, () => part(Math.floor(next() * 3), 70));
			return { ids: Int32Array.from([...parts.flat(), 7]), reusable: next() < 0.2 ? 30 : 0 };
		});
		const separate = prompts.reduce((sum, { ids }) => sum + ids.length, 0);
		assert.ok(cost(prompts, checkPlan(prompts)) <= separate);
	}
});
