import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createFleet, type Fleet, SILENT_MS } from "../../src/dispatch/fleet.ts";
import { toScoreQueue, WIRE_VERSION } from "../../src/dispatch/judge-set.ts";
import type { WorkerNotice } from "../../src/dispatch/messages.ts";
import { createLog } from "../../src/log.ts";

const model = { id: "guard", hash: "1" };
const newer = { id: "guard", hash: "2" };

function notice(id: string, over: Partial<WorkerNotice> = {}): WorkerNotice {
	const facts = { policies: "ours", model, maxCharacters: 1000, slots: 4 };
	return { v: WIRE_VERSION, id, ...facts, now: Date.now(), ...over };
}

function createBench(): { fleet: Fleet; lines: string[]; pass(ms: number): void } {
	let now = 0;
	const lines: string[] = [];
	const log = createLog({ level: "debug", write: (line) => lines.push(line) });
	const fleet = createFleet({ policies: "ours", log, nowMs: () => now });
	const pass = (ms: number): void => {
		now += ms;
	};
	return { fleet, lines, pass };
}

describe("the fleet", () => {
	it("without workers says how to start one", () => {
		const { fleet } = createBench();
		assert.equal(fleet.crew(), undefined);
		assert.match(fleet.hindrance()!, /sluice worker --redis/);
	});
	it("never counts workers with other policies, and says how to fix it, once each", () => {
		const { fleet, lines } = createBench();
		for (let i = 0; i < 3; i++) fleet.hear(notice("w1", { policies: "theirs" }));
		assert.equal(fleet.crew(), undefined);
		assert.match(fleet.hindrance()!, /same SLUICE_POLICIES/);
		assert.equal(lines.filter((line) => line.includes("other policies")).length, 1);
		fleet.hear(notice("w2"));
		assert.equal(fleet.hindrance(), undefined);
		assert.equal(fleet.crew()!.queue, toScoreQueue("ours", model));
	});
	it("is one model at a time: it changes only when nobody has the old one", () => {
		const { fleet, pass } = createBench();
		fleet.hear(notice("old"));
		assert.deepEqual(fleet.crew()!.model, model);
		for (const id of ["new1", "new2", "new3"]) fleet.hear(notice(id, { model: newer }));
		assert.deepEqual(fleet.crew()!.model, model);
		fleet.hear(notice("old", { leaving: true }));
		assert.deepEqual(fleet.crew()!.model, newer);
		assert.ok(fleet.isAlive("old"), "a worker that leaves still finishes its jobs");
		pass(SILENT_MS + 1);
		assert.equal(fleet.isAlive("old"), false);
		assert.equal(fleet.crew(), undefined);
		assert.deepEqual(fleet.lastCrew()!.model, newer);
	});
	it("takes the model with the most slots where it may choose, the same one in every gateway", () => {
		const notices = [notice("a", { model: newer, slots: 2 }), notice("b", { slots: 3 }), notice("c", { slots: 1 })];
		for (const heard of [notices, notices.toReversed()]) {
			const { fleet, pass } = createBench();
			for (const one of heard) fleet.hear(one);
			pass(200);
			assert.equal(fleet.crew() !== undefined, true);
		}
		const even = [notice("a", { model: newer }), notice("b")];
		const chosen = [even, even.toReversed()].map((heard) => {
			const { fleet } = createBench();
			for (const one of heard) fleet.hear(one);
			return fleet.crew()!.queue;
		});
		assert.equal(chosen[0], chosen[1]);
	});
	it("adds up what its workers can do, and takes the shortest text limit", () => {
		const { fleet } = createBench();
		fleet.hear(notice("new", { slots: 4 }));
		assert.deepEqual([fleet.crew()!.textsPerMs, fleet.crew()!.textsPerJob], [undefined, undefined]);
		fleet.hear(notice("a", { slots: 4, textsPerMs: 1, textsPerJob: 10 }));
		fleet.hear(notice("b", { slots: 4, textsPerMs: 3, textsPerJob: 20, maxCharacters: 500 }));
		const crew = fleet.crew()!;
		assert.deepEqual([crew.textsPerMs, crew.textsPerJob, crew.maxCharacters], [6, 15, 500]);
	});
	it("tells of a worker whose clock is off", () => {
		const { fleet, lines } = createBench();
		fleet.hear(notice("a", { now: Date.now() - 60_000 }));
		assert.ok(lines.some((line) => line.includes("NTP") && /"skew_ms":-(60|59)\d{3}/.test(line)));
	});
});
