import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { chooseEscalations, type Doubt, isDoubtful, type Means, turningPoint } from "../../src/scorers/escalation.ts";

const doubt = (text: number, distance: number, over: Partial<Doubt> = {}): Doubt => ({
	text,
	distance,
	member: "yes-no:online",
	offline: false,
	work: 10,
	...over,
});
const means = (over: Partial<Means> = {}): Means => ({ budget: {}, leftMs: undefined, expectMs: () => 0, ...over });

describe("isDoubtful", () => {
	it("has from in the band and to outside it", () => {
		const band = { from: 0.3, to: 0.7 };
		const risks = [0.2999, 0.3, 0.5, 0.6999, 0.7];
		assert.deepEqual(
			risks.map((risk) => isDoubtful(risk, band)),
			[false, true, true, true, false],
		);
	});
	it("has every risk in the band from 0 to 1, and none in an empty band", () => {
		for (const risk of [0, 0.5, 1]) {
			assert.ok(isDoubtful(risk, { from: 0, to: 1 }));
			assert.ok(!isDoubtful(risk, { from: risk, to: risk }));
		}
		assert.ok(isDoubtful(1, { from: 0.9, to: 1 }));
	});
});

describe("chooseEscalations", () => {
	it("takes the risks nearest to where actions change first, the earlier text of equal ones", () => {
		const doubts = [doubt(0, 0.3), doubt(1, 0.1), doubt(2, 0.2), doubt(3, 0.1)];
		const chosen = (maxEscalations: number) => chooseEscalations(doubts, means({ budget: { maxEscalations } }));
		const no = "escalations";
		assert.deepEqual(chosen(0), [no, no, no, no]);
		assert.deepEqual(chosen(1), [no, undefined, no, no]);
		assert.deepEqual(chosen(3), [no, undefined, undefined, undefined]);
		assert.deepEqual(chosen(4), Array(4).fill(undefined));
		assert.equal(turningPoint({ flag: 0.25, block: 0.75 }), 0.5);
	});
	it("asks the offline model only for callers who say that they can wait, and spends nothing on others", () => {
		const doubts = [doubt(0, 0.1, { offline: true, member: "yes-no:offline" }), doubt(1, 0.2)];
		for (const offline of [undefined, false])
			assert.deepEqual(chooseEscalations(doubts, means({ budget: { offline, maxEscalations: 1 } })), [
				"offline",
				undefined,
			]);
		assert.deepEqual(chooseEscalations(doubts, means({ budget: { offline: true } })), [undefined, undefined]);
	});
	it("leaves out what does not fit the time left, together with what is asked of the same scorer before it", () => {
		const doubts = [doubt(0, 0.1), doubt(1, 0.2), doubt(2, 0.3, { member: "remote:guard" })];
		const expectMs: Means["expectMs"] = (_, work) => work;
		assert.deepEqual(chooseEscalations(doubts, means({ leftMs: 15, expectMs })), [undefined, "time", undefined]);
		assert.deepEqual(chooseEscalations(doubts, means({ leftMs: 20, expectMs })), Array(3).fill(undefined));
	});
	it("a text too long for the time left does not keep shorter ones from being escalated", () => {
		const doubts = [doubt(0, 0.1, { work: 100 }), doubt(1, 0.2)];
		assert.deepEqual(chooseEscalations(doubts, means({ leftMs: 50, expectMs: (_, work) => work })), [
			"time",
			undefined,
		]);
	});
	it("starts nothing once the time is up, even with a scorer that nothing is known of", () => {
		for (const leftMs of [0, -5]) assert.deepEqual(chooseEscalations([doubt(0, 0.1)], means({ leftMs })), ["time"]);
	});
});
