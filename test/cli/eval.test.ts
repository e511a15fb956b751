import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { readLines } from "../../src/cli/read-lines.ts";
import type { EvalReport } from "../../src/evaluate/index.ts";
import { run } from "./harness.ts";

const fixture = (name: string): string => join(import.meta.dirname, "../fixtures/eval", name);
const folder = mkdtempSync(join(tmpdir(), "sluice-eval-"));
after(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string | Uint8Array): string => {
	const path = join(folder, name);
	writeFileSync(path, content);
	return path;
};
const collect = async (path: string): Promise<string[]> => {
	const lines: string[] = [];
	for await (const line of readLines(path)) lines.push(line);
	return lines;
};

describe("readLines", () => {
	it("gives the same lines from a file and from its .xz, split at line feeds only", async () => {
		const lines = await collect(fixture("rows.jsonl"));
		assert.equal(lines.length, 3);
		assert.match(lines[2]!, /\u2028/);
		assert.deepEqual(await collect(fixture("rows.jsonl.xz")), lines);
	});
	it("reads all of a file made by joining .xz files", async () => {
		const one = readFileSync(fixture("rows.jsonl.xz"));
		assert.equal((await collect(file("two.jsonl.xz", Buffer.concat([one, one])))).length, 6);
	});
	it("gives a last line without a line feed, and characters split between chunks", async () => {
		const text = `${"é".repeat(70_000)}\nx${"é".repeat(70_000)}`;
		assert.deepEqual(await collect(file("long.jsonl", text)), text.split("\n"));
	});
	it("a reader that stops early leaves the next reader a working decompressor", async () => {
		for (let i = 0; i < 3; i++) for await (const _ of readLines(fixture("rows.jsonl.xz"))) break;
		assert.equal((await collect(fixture("rows.jsonl.xz"))).length, 3);
	});
	it("refuses a missing, damaged or cut .xz and bytes that are not UTF-8, naming the file", async () => {
		const whole = readFileSync(fixture("rows.jsonl.xz"));
		const damaged = Uint8Array.from(whole);
		damaged[40]! ^= 0xff;
		for (const path of [
			join(folder, "missing.jsonl"),
			file("cut.jsonl.xz", whole.subarray(0, whole.length - 30)),
			file("damaged.jsonl.xz", damaged),
			file("empty.jsonl.xz", ""),
			file("plain.jsonl.xz", "hello\n"),
			file("latin.jsonl", Uint8Array.of(0x61, 0xe9, 0x0a)),
		]) {
			await assert.rejects(collect(path), (error: { code: string; message: string }) => {
				assert.equal(error.code, "invalid_request");
				assert.ok(error.message.includes(path));
				return true;
			});
		}
		assert.equal((await collect(fixture("rows.jsonl.xz"))).length, 3);
	});
});

describe("sluice eval", () => {
	it("--json prints the report alone on stdout", async () => {
		const { exitCode, stdout, stderr, closed } = await run(["eval", fixture("rows.jsonl.xz"), "--json"]);
		const report = JSON.parse(stdout) as EvalReport;
		assert.equal(exitCode, 0);
		assert.equal(stderr, "");
		assert.equal(closed, 1);
		assert.equal(report.rows, 3);
		assert.equal(report.labels.hate!.auPrc, 1);
		assert.equal(report.labels.self_harm!.positives, 0);
		assert.deepEqual(report.unmeasured, ["spam"]);
		assert.deepEqual(Object.keys(report.byLang ?? {}), ["en", "fr"]);
	});
	it("prints a table for people", async () => {
		const { stdout } = await run(["eval", fixture("rows.jsonl")]);
		assert.match(stdout, /^3 rows, 0 failed\n/);
		assert.match(stdout, /\nhate +2 +1 +1\.000/);
		assert.match(stdout, /not measured by any policy: spam/);
	});
	it("--limit reads the first rows only", async () => {
		const { stdout } = await run(["eval", fixture("rows.jsonl"), "--json", "--limit", "2"]);
		assert.equal((JSON.parse(stdout) as EvalReport).rows, 2);
	});
	it("says on stderr how many rows failed, and exits 3 when none could be judged", async () => {
		const some = file("some.jsonl", `${readFileSync(fixture("rows.jsonl"), "utf8")}broken\n`);
		const partly = await run(["eval", some, "--json"]);
		assert.equal(partly.exitCode, 0);
		assert.match(partly.stderr, /1 of 4 rows could not be judged/);
		const none = await run(["eval", file("none.jsonl", "a,b\n1,2\n"), "--json"]);
		assert.equal(none.exitCode, 3);
		assert.equal((JSON.parse(none.stdout) as EvalReport).failed, 2);
	});
	it("exits 2 for a file that cannot be read", async () => {
		const { exitCode, stderr } = await run(["eval", join(folder, "nowhere.jsonl")]);
		assert.equal(exitCode, 2);
		assert.match(stderr, /^sluice: cannot open .*nowhere\.jsonl \(ENOENT\)\n$/);
	});
});
