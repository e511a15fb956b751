/** Writing the log: groups, crashes, disks that fail, age. */
import assert from "node:assert/strict";
import { appendFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { verifyAuditLog } from "../../src/audit/index.ts";
import { inPlace, note, writeNotes } from "./place.ts";

describe("a log", () => {
	it("keeps the order of what is appended, whatever groups it is written in", () =>
		inPlace(async (place) => {
			const log = await place.open();
			for (let n = 1; n <= 500; n++) {
				assert.equal(log.append(note(n)), true);
				if (n % 50 === 0) await log.flush();
				else if (n % 7 === 0) await new Promise(setImmediate);
			}
			await log.close();
			const numbers = (await place.read()).flatMap(({ kind, n }) => (kind === "note" ? [n] : []));
			assert.deepEqual(
				numbers,
				Array.from({ length: 500 }, (_, i) => i + 1),
			);
			assert.deepEqual((await verifyAuditLog(place.dir)).problems, []);
		}));

	it("is written by one process at a time", () =>
		inPlace(async (place) => {
			const log = await place.open();
			await assert.rejects(place.open(), { code: "invalid_config" });
			await log.close();
			await writeNotes(place, 1);
		}));

	it("goes on after a crash in the middle of a record, and says what was cut off", () =>
		inPlace(async (place) => {
			await writeNotes(place, 3);
			await appendFile(join(place.dir, (await place.files())[0]!), '{"seq":6,"prev":"12');
			await writeNotes(place, 1);
			const kinds = (await place.read()).map(({ kind, torn_bytes }) => [kind, torn_bytes]);
			assert.deepEqual(kinds.slice(-2), [
				["opened", 19],
				["note", undefined],
			]);
			assert.deepEqual((await verifyAuditLog(place.dir)).problems, []);
		}));

	it("says that its end is lost where the anchor beside it names more, and verifying repeats it", () =>
		inPlace(async (place) => {
			await writeNotes(place, 5);
			await place.rewrite((text) => `${text.split("\n").slice(0, 4).join("\n")}\n`);
			await writeNotes(place, 20);
			assert.match(place.lines.join(""), /lost records at its end/);
			const { problems } = await verifyAuditLog(place.dir);
			assert.match(problems[0]!.problem, /says that records 5 to 7 are lost/);
		}));

	it("does not go on behind a damaged end", () =>
		inPlace(async (place) => {
			await writeNotes(place, 2);
			await place.rewrite((text) => text.replace('"n":2', '"n":7'));
			await assert.rejects(place.open(), { code: "invalid_config", message: /damaged/ });
		}));

	it("keeps records while the disk fails and writes them when it is back", () =>
		inPlace(async (place) => {
			const log = await place.open({ fileCharacters: 400 });
			await log.flush();
			await rename(place.dir, `${place.dir}-away`);
			try {
				for (let n = 1; n <= 20; n++) log.append(note(n));
				while (!log.isFailing) await new Promise(setImmediate);
				assert.ok(log.pending >= 20);
			} finally {
				await rename(`${place.dir}-away`, place.dir);
			}
			await log.flush();
			assert.equal(log.isFailing, false);
			await log.close();
			assert.equal((await place.read()).filter(({ kind }) => kind === "note").length, 20);
			assert.deepEqual((await verifyAuditLog(place.dir)).problems, []);
			assert.equal(place.lines.filter((line) => line.includes("cannot be written")).length, 1, "said once");
		}));

	it("notices that its file was deleted, and does not go on as if nothing was missing", () =>
		inPlace(async (place) => {
			const log = await place.open();
			log.append(note(1));
			await log.flush();
			await rm(join(place.dir, (await place.files())[0]!));
			log.append(note(2));
			while (!log.isFailing) await new Promise(setImmediate);
			await log.close();
			assert.deepEqual(await place.files(), []);
			assert.equal((await verifyAuditLog(place.dir)).isIntact, false);
			assert.match(place.lines.join(""), /decision records were lost/);
		}));

	it("takes no more than its queue holds, and says how many are missing", () =>
		inPlace(async (place) => {
			const log = await place.open({ maxPending: 10 });
			await log.flush();
			const taken = Array.from({ length: 25 }, (_, n) => log.append(note(n)));
			assert.equal(taken.filter(Boolean).length, 10);
			assert.equal(log.dropped, 15);
			await log.flush();
			log.append(note(25));
			await log.close();
			assert.deepEqual(
				(await place.read()).slice(-2).map(({ kind, records, n }) => [kind, records ?? n]),
				[
					["dropped", 15],
					["note", 25],
				],
			);
			assert.equal((await verifyAuditLog(place.dir)).dropped, 15);
		}));

	it("writes its anchor behind the disk and repeats it in the service's log", () =>
		inPlace(async (place) => {
			const log = await place.open({ anchorMs: 0, announceMs: 0 });
			log.append(note(1));
			await log.flush();
			await log.close();
			const anchor = (await readFile(join(place.dir, "anchor"), "utf8")).trim();
			assert.equal(anchor, `${log.last.seq}:${log.last.hash}`);
			assert.ok(place.lines.some((line) => line.includes(anchor)));
		}));
});

describe("deleting what is old", () => {
	const DAY = 86_400_000;

	it("deletes whole files for good, and the rest still verifies", () =>
		inPlace(async (place) => {
			let nowMs = Date.UTC(2026, 0, 1);
			const log = await place.open({ now: () => nowMs, keepMs: 10 * DAY, fileMs: DAY });
			for (let day = 0; day < 20; day++) {
				log.append({ ...note(day), at: new Date(nowMs).toISOString() });
				nowMs += DAY;
			}
			assert.ok((await log.prune()) >= 9);
			await log.close();
			const left = (await place.read()).flatMap(({ kind, n }) => (kind === "note" ? [n as number] : []));
			assert.ok(left[0]! >= 9 && left[0]! <= 11, `first day left: ${left[0]}`);
			assert.equal(left.at(-1), 19);
			const report = await verifyAuditLog(place.dir);
			assert.deepEqual(report.problems, []);
			assert.ok(report.first.seq > 0);
		}));

	it("deletes the last records of a log that nothing is written to any more", () =>
		inPlace(async (place) => {
			let nowMs = Date.UTC(2026, 0, 1);
			const log = await place.open({ now: () => nowMs, keepMs: 2 * DAY, fileMs: DAY });
			log.append(note(1));
			for (let day = 0; day < 4; day++) {
				nowMs += DAY;
				await log.prune();
			}
			await log.close();
			assert.equal(
				(await place.read()).some(({ kind }) => kind === "note"),
				false,
			);
			assert.deepEqual((await verifyAuditLog(place.dir)).problems, []);
		}));

	it("is told from files that somebody else took away", () =>
		inPlace(async (place) => {
			let nowMs = Date.UTC(2026, 0, 1);
			const log = await place.open({ now: () => nowMs, keepMs: 3 * DAY, fileMs: DAY });
			for (let day = 0; day < 6; day++) {
				log.append(note(day));
				nowMs += DAY;
			}
			await log.prune();
			await log.close();
			const [first] = await place.files();
			const elsewhere = join(place.dir, "elsewhere");
			await mkdir(elsewhere);
			await rename(join(place.dir, first!), join(elsewhere, first!));
			assert.match((await verifyAuditLog(place.dir)).problems[0]!.problem, /no record says that they were deleted/);
			await writeFile(join(place.dir, first!), "");
		}));
});
