/** A shadow never delays or changes a live answer, and says what it thought of it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AuditRecord } from "../../src/audit/index.ts";
import { createLog } from "../../src/log.ts";
import type { Moderator } from "../../src/moderator.ts";
import { createShadow, type Shadow, type ShadowParts, type ShadowRecord } from "../../src/shadow/index.ts";
import { createFakeModerator, type FakeModeratorOptions, fakePolicy } from "../fake-moderator.ts";

interface Bench {
	readonly shadow: Shadow;
	readonly records: ShadowRecord[];
	readonly lines: string[];
}

function createBench(options: Partial<ShadowParts> = {}): Bench {
	const records: ShadowRecord[] = [];
	const lines: string[] = [];
	const trail: ShadowParts["trail"] = {
		describe: (text) => ({ hmac: `of ${text}`, characters: text.length }),
		note: (record) => records.push({ at: "2026-01-01T00:00:00.000Z", ...record } as AuditRecord as ShadowRecord) > 0,
	};
	const log = createLog({ level: "info", write: (line) => lines.push(line) });
	const moderator = createStrict();
	return { shadow: createShadow({ moderator, trail, log, fraction: 1, maxTexts: 100, ...options }), records, lines };
}

/** Blocks from 0.3 on, and has a policy that the live one has not. */
function createStrict(options: FakeModeratorOptions = {}): Moderator {
	const hate = { ...fakePolicy("hate"), thresholds: { flag: 0.2, block: 0.3, target: "made up" } };
	const risk = (text: string, policy: string): number => (policy === "hate" && text.includes("rude") ? 0.4 : 0.01);
	return createFakeModerator({ policies: [hate, fakePolicy("spam")], risk, ...options });
}

const live = createFakeModerator({ policies: [fakePolicy("any"), fakePolicy("hate")] });

describe("a shadow", () => {
	it("judges what the live moderator judged, and the live answer stays as it is", async () => {
		const { shadow, records } = createBench();
		const verdicts = await shadow.beside(live).moderate(["rude", "fine"]);
		assert.deepEqual(verdicts, await live.moderate(["rude", "fine"]));
		await shadow.settled();
		assert.deepEqual(shadow.counts, { judged: 2, dropped: 0, failed: 0, waiting: 0 });
		const [rude, fine] = records as [ShadowRecord, ShadowRecord];
		assert.deepEqual([rude.live.action, rude.shadow.action, fine.shadow.action], ["allow", "block", "allow"]);
		assert.deepEqual(rude.policies, [
			{ policy: "any", live: { risk: 0.01, action: "allow" }, shadow: null },
			{ policy: "hate", live: { risk: 0.01, action: "allow" }, shadow: { risk: 0.4, action: "block" } },
			{ policy: "spam", live: null, shadow: { risk: 0.01, action: "allow" } },
		]);
		assert.notEqual(rude.live.policies, rude.shadow.policies);
	});

	it("is not waited for, whatever it does", async () => {
		for (const before of [() => new Promise<void>(() => {}), () => Promise.reject(new Error("broken"))]) {
			const { shadow } = createBench({ moderator: createStrict({ before }) });
			const beside = shadow.beside(live);
			for (let n = 0; n < 20; n++) assert.equal((await beside.moderate(["fine"])).length, 1);
		}
	});

	it("waits as long as the live moderator has work", async () => {
		let running = 1;
		const busy: Moderator = { ...live, load: () => ({ queued: 0, running }) };
		const { shadow } = createBench();
		await shadow.beside(busy).moderate(["fine"]);
		for (let n = 0; n < 50; n++) await new Promise(setImmediate);
		assert.equal(shadow.counts.waiting, 1);
		running = 0;
		await shadow.settled();
		assert.equal(shadow.counts.judged, 1);
	});

	it("asks with a priority below bulk work", async () => {
		const priorities: (number | undefined)[] = [];
		const before: FakeModeratorOptions["before"] = (_, options) => void priorities.push(options?.priority);
		const { shadow } = createBench({ moderator: createStrict({ before }) });
		await shadow.beside(live).moderate(["fine"]);
		await shadow.settled();
		assert.ok(priorities[0]! < -10);
	});

	it("drops what does not fit its queue, by texts and by characters, and counts it", async () => {
		const { shadow, records, lines } = createBench({ maxTexts: 3 });
		await shadow.beside(live).moderate(["a", "b", "c", "d", "e"]);
		await shadow.settled();
		assert.deepEqual(shadow.counts, { judged: 3, dropped: 2, failed: 0, waiting: 0 });
		assert.deepEqual(records.at(-1), { kind: "shadow_missed", at: "2026-01-01T00:00:00.000Z", dropped: 2, failed: 0 });
		assert.equal(lines.length, 1);
		const narrow = createBench({ maxCharacters: 10 }).shadow;
		await narrow.beside(live).moderate(["123456", "1234567", "1234"]);
		await narrow.settled();
		assert.deepEqual([narrow.counts.judged, narrow.counts.dropped], [2, 1]);
	});

	it("counts what it could not judge, and goes on", async () => {
		let broken = true;
		const before = (): void => {
			if (broken) throw new Error("secret text");
		};
		const { shadow, records, lines } = createBench({ moderator: createStrict({ before }) });
		const beside = shadow.beside(live);
		await beside.moderate(["a", "b"]);
		await shadow.settled();
		broken = false;
		await beside.moderate(["c"]);
		await shadow.settled();
		assert.deepEqual(shadow.counts, { judged: 1, dropped: 0, failed: 2, waiting: 0 });
		assert.deepEqual(
			records.map(({ kind }) => kind),
			["shadow_missed", "shadow"],
		);
		assert.doesNotMatch(lines.join(""), /secret/);
	});

	it("judges its share of the texts", async () => {
		const draws = [0.1, 0.9, 0.24, 0.25];
		const { shadow, records } = createBench({ fraction: 0.25, random: () => draws.shift()! });
		await shadow.beside(live).moderate(["a", "b", "c", "d"]);
		await shadow.settled();
		assert.deepEqual(
			records.map(({ text }) => text.hmac),
			["of a", "of c"],
		);
	});

	it("leaves alone what a key's own thresholds decided", async () => {
		const { shadow, records } = createBench();
		await shadow.beside(live).moderate(["a"], { grant: { thresholds: { hate: { flag: 0.1 } } } });
		await shadow.settled();
		assert.deepEqual([records.length, shadow.counts.judged], [0, 0]);
	});

	it("ends at once, and says what it did not get to", async () => {
		const busy: Moderator = { ...live, load: () => ({ queued: 1, running: 1 }) };
		const { shadow, records } = createBench();
		await shadow.beside(busy).moderate(["a", "b"]);
		await shadow.close();
		assert.deepEqual(
			records.map(({ kind }) => kind),
			["shadow_missed"],
		);
		await shadow.beside(live).moderate(["c"]);
		assert.equal(shadow.counts.waiting, 0);
	});
});
