import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createBreaker } from "../../../src/scorers/remote/breaker.ts";

describe("createBreaker", () => {
	const open = (): { breaker: ReturnType<typeof createBreaker>; clock: { ms: number } } => {
		const clock = { ms: 1000 };
		return { breaker: createBreaker({ failures: 3, windowMs: 100, openMs: 50 }, () => clock.ms), clock };
	};
	const fail = ({ breaker }: ReturnType<typeof open>, times: number): void => {
		for (let i = 0; i < times; i++) breaker.enter()?.failed();
	};

	it("opens at the stated number of failures in a window", () => {
		const one = open();
		fail(one, 2);
		assert.ok(one.breaker.enter());
		fail(one, 1);
		assert.equal(one.breaker.enter(), undefined);
		assert.equal(one.breaker.restMs(), 50);
	});
	it("stays closed where failures are old or a minority", () => {
		const one = open();
		fail(one, 2);
		one.clock.ms += 100;
		fail(one, 2);
		assert.ok(one.breaker.enter());
		one.clock.ms += 100;
		for (let i = 0; i < 7; i++) one.breaker.enter()?.answered();
		fail(one, 6);
		assert.ok(one.breaker.enter());
	});
	it("lets one probe through after a rest; its failure opens again, its answer closes", () => {
		const one = open();
		fail(one, 3);
		one.clock.ms += 49;
		assert.equal(one.breaker.enter(), undefined);
		one.clock.ms += 1;
		const probe = one.breaker.enter();
		assert.ok(probe);
		assert.equal(one.breaker.enter(), undefined);
		probe.failed();
		assert.equal(one.breaker.enter(), undefined);
		one.clock.ms += 50;
		one.breaker.enter()?.answered();
		fail(one, 2);
		assert.ok(one.breaker.enter());
	});
	it("a probe given up leaves its place to another", () => {
		const one = open();
		fail(one, 3);
		one.clock.ms += 50;
		one.breaker.enter()?.left();
		assert.ok(one.breaker.enter());
		assert.equal(one.breaker.enter(), undefined);
	});
	it("attempts begun before it opened do not close it or keep it open longer", () => {
		const one = open();
		const early = [one.breaker.enter(), one.breaker.enter()];
		fail(one, 3);
		one.clock.ms += 20;
		early[0]?.answered();
		early[1]?.failed();
		assert.equal(one.breaker.enter(), undefined);
		assert.equal(one.breaker.restMs(), 30);
	});
});
