import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Crew } from "../../src/dispatch/fleet.ts";
import { createLoadLimit } from "../../src/dispatch/load-limit.ts";
import { isSluiceError, type SluiceError } from "../../src/errors.ts";

const model = { id: "guard", hash: "1" };
/** One text every 10 ms. */
const crew: Crew = { queue: "score-1", model, maxCharacters: 1000, textsPerMs: 0.1, textsPerJob: 4, slots: 2 };
const call = { texts: 1, timeLeftMs: 1000 };

function refusal(work: () => void): SluiceError | undefined {
	try {
		work();
		return undefined;
	} catch (error) {
		assert.ok(isSluiceError(error));
		return error;
	}
}

describe("the load limit", () => {
	it("lets calls in as long as they can be answered in time, then refuses them with the time to come back", () => {
		const limit = createLoadLimit({ maxTexts: 1000, countJobs: async () => 0 });
		assert.equal(
			refusal(() => limit.check(call, crew, { jobs: 3, texts: 74 })),
			undefined,
		);
		const error = refusal(() => limit.check(call, crew, { jobs: 12, texts: 300 }))!;
		assert.equal(error.code, "overloaded");
		// 3000 ms of work before it, 10 of its own, 750 of its second to spend
		assert.equal(Math.round(error.retryAfterMs!), 2260);
		const patient = { texts: 1, timeLeftMs: 10_000 };
		assert.equal(
			refusal(() => limit.check(patient, crew, { jobs: 12, texts: 300 })),
			undefined,
		);
		const large = { texts: 100, timeLeftMs: 1000 };
		assert.equal(refusal(() => limit.check(large, crew, { jobs: 1, texts: 1 }))?.code, "overloaded");
	});
	it("counts what other gateways have in the queue", async () => {
		const limit = createLoadLimit({ maxTexts: 1000, countJobs: async () => 103 });
		limit.check(call, crew, { jobs: 3, texts: 3 });
		await turn();
		assert.equal(limit.expectMs(crew, { jobs: 5, texts: 20 }), 4200);
		assert.equal(refusal(() => limit.check(call, crew, { jobs: 5, texts: 20 }))?.code, "overloaded");
	});
	it("lets calls in where the queue cannot be counted", async () => {
		const limit = createLoadLimit({
			maxTexts: 1000,
			countJobs: async () => {
				throw new Error("away");
			},
		});
		limit.check(call, crew, { jobs: 1, texts: 1 });
		await turn();
		limit.check(call, crew, { jobs: 1, texts: 1 });
	});
	it("takes workers that have judged nothing yet for slow ones", () => {
		const limit = createLoadLimit({ maxTexts: 1000, countJobs: async () => 0 });
		const young = { ...crew, textsPerMs: undefined, textsPerJob: undefined };
		limit.check(call, young, { jobs: 2, texts: 70 });
		assert.equal(refusal(() => limit.check(call, young, { jobs: 3, texts: 80 }))?.code, "overloaded");
	});
	it("refuses texts above the limit, but never a single call for its size", () => {
		const limit = createLoadLimit({ maxTexts: 10, countJobs: async () => 0 });
		limit.check({ texts: 50, timeLeftMs: 1000 }, crew, { jobs: 0, texts: 0 });
		const error = refusal(() => limit.check(call, crew, { jobs: 1, texts: 10 }))!;
		assert.deepEqual([error.code, error.retryAfterMs], ["overloaded", 1000]);
	});
});
