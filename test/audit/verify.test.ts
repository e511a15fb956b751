/** What verifying finds: every bit, and every record that is missing, out of place or put in. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseAnchor, verifyAuditLog } from "../../src/audit/index.ts";
import { inPlace, type Place, writeNotes } from "./place.ts";

async function problemsOf({ dir }: Place): Promise<string[]> {
	return (await verifyAuditLog(dir)).problems.map(({ problem }) => problem);
}

function swap(lines: string[], a: number, b: number): string[] {
	const swapped = [...lines];
	[swapped[a], swapped[b]] = [lines[b]!, lines[a]!];
	return swapped;
}

const inLines = (change: (lines: string[]) => string[]) => (text: string) =>
	`${change(text.split("\n").slice(0, -1)).join("\n")}\n`;

/** A line with other words and a hash that fits them. */
function forge(line: string, from: string, to: string): string {
	const body = line.slice(0, -75).replace(from, to);
	return `${body},"hash":"${createHash("sha256").update(body).digest("hex")}"}`;
}

describe("verifying a log", () => {
	it("finds nothing in one that is as it was written, over many files and openings", () =>
		inPlace(async (place) => {
			await writeNotes(place, 20, { fileCharacters: 1000 });
			await writeNotes(place, 20, { fileCharacters: 1000 });
			const report = await verifyAuditLog(place.dir);
			assert.deepEqual(report.problems, []);
			assert.ok(report.files > 5);
			assert.equal(report.records, report.last.seq);
			assert.equal(report.anchors, 1);
			assert.equal(report.isIntact, true);
		}));

	it("finds a flipped bit in every byte of the first and the last record, line breaks included", () =>
		inPlace(async (place) => {
			await writeNotes(place, 1);
			const path = join(place.dir, (await place.files())[0]!);
			const bytes = await readFile(path);
			const missed: number[] = [];
			const last = bytes.lastIndexOf(10, -2);
			for (let at = 0; at < bytes.length; at++) {
				if (at > 250 && at < last) continue;
				const changed = Buffer.from(bytes);
				changed[at]! ^= 1 << (at % 8);
				await writeFile(path, changed);
				if ((await verifyAuditLog(place.dir)).isIntact) missed.push(at);
			}
			assert.deepEqual(missed, []);
		}));

	it("names the record that was changed, its file and its line", () =>
		inPlace(async (place) => {
			await writeNotes(place, 5);
			await place.rewrite((text) => text.replace('"n":3', '"n":4'));
			const { problems } = await verifyAuditLog(place.dir);
			const file = (await place.files())[0]!;
			assert.deepEqual(problems, [
				{ file, line: 5, seq: 5, problem: "record 5 was changed: its hash is not that of its bytes" },
			]);
		}));

	it("finds a record that was changed with its hash, by the one after it", () =>
		inPlace(async (place) => {
			await writeNotes(place, 5);
			await place.rewrite(inLines((lines) => lines.map((line, i) => (i === 4 ? forge(line, '"n":3', '"n":9') : line))));
			assert.deepEqual(await problemsOf(place), [
				"record 6 does not continue record 5: one of the two was put in or written anew",
			]);
		}));

	it("finds a record that was taken out, two that changed places, and one that was put in twice", () =>
		inPlace(async (place) => {
			await writeNotes(place, 6);
			const path = join(place.dir, (await place.files())[0]!);
			const text = await readFile(path, "utf8");
			await place.rewrite(inLines((lines) => lines.toSpliced(3, 1)));
			assert.deepEqual(await problemsOf(place), ["record 5 follows record 3: record 4 is missing or out of place"]);
			await writeFile(path, text);
			await place.rewrite(inLines((lines) => swap(lines, 3, 4)));
			assert.match((await problemsOf(place)).join("\n"), /record 5 follows record 3.*\nrecord 4 follows record 5/);
			await writeFile(path, text);
			await place.rewrite(inLines((lines) => lines.toSpliced(4, 0, lines[3]!)));
			assert.deepEqual(await problemsOf(place), ["record 4 follows record 4: it is out of place, or was put in"]);
		}));

	it("finds an end that was cut off, and a log that was written anew, by its anchor", () =>
		inPlace(async (place) => {
			await writeNotes(place, 4);
			const anchor = parseAnchor(await readFile(join(place.dir, "anchor"), "utf8"));
			await place.rewrite(inLines((lines) => lines.slice(0, 4)));
			assert.deepEqual(await problemsOf(place), ["records 5 to 6 are missing: an anchor names the last of them"]);
			await rm(join(place.dir, "anchor"));
			assert.deepEqual(await problemsOf(place), [], "without an anchor nobody can know");
			assert.equal(
				(await verifyAuditLog(place.dir, { anchors: [anchor] })).isIntact,
				false,
				"one from elsewhere knows",
			);
			for (const file of await place.files()) await rm(join(place.dir, file));
			await writeNotes(place, 4);
			const anew = await verifyAuditLog(place.dir, { anchors: [anchor] });
			assert.match(anew.problems[0]!.problem, /record 6 is not the record that an anchor names/);
		}));

	it("finds files that are gone from the middle or from the begin", () =>
		inPlace(async (place) => {
			await writeNotes(place, 30, { fileCharacters: 1500 });
			const files = await place.files();
			assert.ok(files.length > 4);
			const second = await readFile(join(place.dir, files[1]!));
			await rm(join(place.dir, files[1]!));
			assert.match((await problemsOf(place))[0]!, /are missing or out of place/);
			await writeFile(join(place.dir, files[1]!), second);
			await rm(join(place.dir, files[0]!));
			assert.match((await problemsOf(place))[0]!, /^records 1 to \d+ are missing, and no record says/);
		}));

	it("finds half a record in the middle, and takes one at the end for one that is being written", () =>
		inPlace(async (place) => {
			await writeNotes(place, 30, { fileCharacters: 1500 });
			const files = await place.files();
			await place.rewrite((text) => `${text}{"seq":99`, files.at(-1)!);
			const { isIntact, unfinishedBytes } = await verifyAuditLog(place.dir);
			assert.deepEqual({ isIntact, unfinishedBytes }, { isIntact: true, unfinishedBytes: 9 });
			await place.rewrite((text) => text.slice(0, -10));
			assert.equal((await verifyAuditLog(place.dir)).isIntact, false);
		}));
});
