/** What bench/recurrent.ts makes of its samples, and in which order it takes them. */
import assert from "node:assert/strict";
import test from "node:test";
import type { ContextRow } from "../../bench/recurrent/decoding.ts";
import { FORMS } from "../../bench/recurrent/forms.ts";
import { middle, type Sample, sampleRounds } from "../../bench/recurrent/rounds.ts";
import { toDecodingBounds, toRecurrenceBounds, toRows, toShares } from "../../bench/recurrent/summary.ts";
import { toFile } from "../../bench/recurrent/tables.ts";

const CLOCKS = [1, 1.3, 0.9];

/** One sample per round, each under another clock. */
function rounds(labels: Sample["labels"], ms: number, clean = true): Sample[] {
	return CLOCKS.map((slow, round) => {
		return { labels, round, ms: ms * slow, raw: [ms * slow], otherCpu: clean ? 0 : 1, clean };
	});
}

function decoding(times: Readonly<Record<number, number>>): Sample[] {
	return Object.entries(times).flatMap(([context, ms]) => rounds({ model: "recurrent", context: Number(context) }, ms));
}

function states(bytes: Readonly<Record<number, number>>, model: ContextRow["model"] = "recurrent"): ContextRow[] {
	return Object.entries(bytes).map(([context, stateBytes]) => {
		return { model, context: Number(context), stateBytes, readSeconds: 0 };
	});
}

test("decoding is flat where contexts differ by clock alone, whichever context is the slow one", () => {
	const bytes = states({ 2048: 10, 4096: 10, 8192: 10 });
	const bounds = (times: Record<number, number>) =>
		toDecodingBounds(decoding(times), [...bytes, ...states({ 2048: 5, 4096: 9 }, "transformer")]);
	assert.deepEqual(
		bounds({ 2048: 10, 4096: 10.4, 8192: 10.1 }).map(({ value, met }) => [Number(value.toFixed(3)), met]),
		[
			[0.04, true],
			[0, true],
		],
	);
	assert.equal(bounds({ 2048: 10, 4096: 10.6, 8192: 10 })[0]!.met, false);
	assert.equal(bounds({ 2048: 10.6, 4096: 10, 8192: 10 })[0]!.met, false);
});

test("a state that grows does not hold", () => {
	const [, state] = toDecodingBounds(decoding({ 2048: 10, 4096: 10 }), states({ 2048: 10, 4096: 11 }));
	assert.deepEqual([state!.value, state!.met], [1, false]);
});

test("the share is the recurrence over what two blocks take longer than one; others are compared with the first form", () => {
	const at = { threads: 2, steps: 2048 };
	const [scan, linear, logSteps] = Object.keys(FORMS);
	const samples = [
		...rounds({ ...at, form: scan! }, 20),
		...rounds({ ...at, form: linear! }, 80),
		...rounds({ ...at, form: logSteps! }, 50),
		...rounds({ ...at, blocks: 1 }, 600),
		...rounds({ ...at, blocks: 2 }, 1100),
		...rounds({ threads: 1, steps: 2048, form: scan! }, 999),
	];
	const shares = toShares(samples, [2], [2048]);
	assert.deepEqual(shares, [{ ...at, recurrenceMs: 20, blockMs: 500, share: 0.04 }]);
	assert.deepEqual(
		toRecurrenceBounds(samples, shares, 2048).map(({ value, goal, met }) => [Number(value.toFixed(3)), goal, met]),
		[
			[0.04, "<= 0.05", true],
			[4, ">= 3", true],
			[2.5, ">= 3", false],
		],
	);
});

test("rounds that others disturbed do not count once three clean ones are there, and count before", () => {
	const labels = { form: "x" };
	const disturbed = rounds(labels, 50, false);
	assert.deepEqual(toRows([...rounds(labels, 10), ...disturbed]), [{ ...labels, ms: 10, cleanRounds: 3 }]);
	assert.deepEqual(toRows(disturbed), [{ ...labels, ms: 50, cleanRounds: 0 }]);
});

test("a round visits every subject once, the next one in reverse, after a run that does not count", async () => {
	const visits: string[] = [];
	const subjects = ["a", "b", "c"].map((name) => ({
		labels: { name },
		work: async () => {
			visits.push(name);
			return [1, 2];
		},
		sampleMs: 0,
	}));
	const samples = await sampleRounds(subjects, { rounds: 2 });
	assert.equal(visits.join(""), "abcabccba");
	assert.deepEqual(
		samples.map(({ round, labels, ms }) => `${round}${labels.name}${ms}`),
		["0a1.5", "0b1.5", "0c1.5", "1c1.5", "1b1.5", "1a1.5"],
	);
});

test("the middle of two numbers is their mean", () => {
	assert.deepEqual([middle([3]), middle([4, 1]), middle([9, 1, 2])], [3, 2.5, 2]);
});

test("the result file has every value of a sample, or quantiles of more than fit, and reads back as JSON", () => {
	const [few] = rounds({ form: "x" }, 10);
	const many = { ...few!, raw: Array.from({ length: 1001 }, (_, i) => 1000 - i) };
	const { head, samples } = JSON.parse(toFile({ head: [1] }, [few!, many]));
	assert.deepEqual(head, [1]);
	assert.deepEqual(samples[0].raw, [10]);
	assert.equal(samples[1].raw, undefined);
	assert.deepEqual([samples[1].runs, samples[1].quantiles.length], [1001, 25]);
	assert.deepEqual([samples[1].quantiles[0], samples[1].quantiles[12], samples[1].quantiles[24]], [0, 500, 1000]);
});
