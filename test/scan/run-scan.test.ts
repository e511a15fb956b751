import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { SluiceError } from "../../src/errors.ts";
import { createRandom, createSteadyModerator, createWorkplace, riskOf, type Workplace } from "./workplace.ts";

let place: Workplace;
beforeEach(() => {
	place = createWorkplace();
});
afterEach(() => place.remove());

const lines = (n: number): string =>
	Array.from({ length: n }, (_, i) => JSON.stringify({ id: i, text: `text ${i}` })).join("\n");
const left = (): string[] => readdirSync(place.folder).filter((name) => name.startsWith("out.jsonl"));

async function* chunks(text: string, size: number): AsyncGenerator<Uint8Array> {
	const bytes = Buffer.from(text);
	for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describe("a scan", () => {
	it("gives every line its result in order under random delays, and leaves nothing but the output", async () => {
		const random = createRandom(5);
		const moderator = createSteadyModerator({
			async before() {
				for (let i = random(6); i > 0; i--) await turn();
			},
		});
		const { tally, rowsBefore } = await place.scan({
			from: place.file("in.jsonl", lines(2000)),
			moderator,
			groupItems: 7,
		});
		const results = place.results();
		assert.deepEqual(
			results.map(({ line, id }) => [line, id]),
			Array.from({ length: 2000 }, (_, i) => [i + 1, i]),
		);
		for (const { id, policies, risk } of results) {
			assert.deepEqual(
				policies!.map((of) => of.risk),
				policies!.map(({ policy }) => riskOf(`text ${id}`, policy)),
			);
			assert.equal(risk, Math.max(...policies!.map((of) => of.risk)));
		}
		assert.deepEqual([tally.rows, rowsBefore], [2000, 0]);
		assert.deepEqual(left(), ["out.jsonl"]);
	});
	it("holds a bounded number of texts, however long the input and however slow the output", async () => {
		let inside = 0;
		let most = 0;
		const moderator = createSteadyModerator({
			async before(texts) {
				inside += texts.length;
				most = Math.max(most, inside);
				await turn();
				inside -= texts.length;
			},
		});
		let pulled = 0;
		let written = 0;
		let ahead = 0;
		const stdin = (async function* () {
			for (let i = 0; i < 20_000; i += 100) {
				pulled = i + 100;
				ahead = Math.max(ahead, pulled - written);
				yield Buffer.from(`${Array.from({ length: 100 }, (_, j) => `text ${i + j} ${"x".repeat(60)}`).join("\n")}\n`);
			}
		})();
		await place.scan({
			...{ from: "-", format: "lines", stdin, moderator },
			onProgress: ({ tally }) => {
				written = tally.rows;
			},
		});
		assert.equal(place.results().length, 20_000);
		assert.ok(most <= 32 * 64, `${most} texts with the moderator`);
		assert.ok(ahead <= 64 * 64 + 2000, `${ahead} texts ahead of the output`);
	});
	it("a bad line becomes an error line with its number, and the rest goes on", async () => {
		const text = [
			'{"text":"one","custom_id":"a","id":"b"}',
			"not json",
			'["no object"]',
			'{"text":7}',
			'{"id":3}',
			'{"text":""}',
			"",
			'{"text":"\\ud800"}',
			`{"text":"${"x".repeat(1001)}"}`,
			'{"text":"last\u2028one"}',
		].join("\n");
		const bytes = Buffer.concat([Buffer.from(`${text}\n`), Buffer.of(0xff, 0xfe, 0x0a), Buffer.from('{"text":"end"}')]);
		const { tally } = await place.scan({ from: place.file("in.jsonl", bytes) });
		assert.deepEqual(
			place.results().map(({ line, id, error }) => [line, id, error?.code]),
			[
				[1, "a", undefined],
				[2, undefined, "invalid_json"],
				[3, undefined, "invalid_request"],
				[4, undefined, "invalid_request"],
				[5, 3, "invalid_request"],
				[6, undefined, "invalid_request"],
				[8, undefined, "invalid_request"],
				[9, undefined, "text_too_long"],
				[10, undefined, undefined],
				[11, undefined, "invalid_request"],
				[12, undefined, undefined],
			],
		);
		assert.deepEqual([tally.rows, tally.blank], [11, 1]);
		assert.deepEqual(tally.errors, { invalid_json: 1, invalid_request: 6, text_too_long: 1 });
		for (const { error } of place.results()) assert.doesNotMatch(error?.detail ?? "", /not json|no object|xxx/);
	});
	it("a line beyond every limit is told and not held", async () => {
		const from = place.file("in.jsonl", `{"text":"${"x".repeat(5000)}"}\n{"text":"b"}`);
		await place.scan({ from, maxRecordBytes: 100 });
		assert.deepEqual(
			place.results().map(({ line, error }) => [line, error?.code]),
			[
				[1, "text_too_long"],
				[2, undefined],
			],
		);
	});
	it("reads the field that is named, by name and by JSON pointer", async () => {
		const from = place.file("in.jsonl", '{"body":{"input/x":["no","yes"]},"text":"other"}');
		await place.scan({ from, field: "/body/input~1x/1" });
		assert.equal(
			place.results()[0]!.risk,
			Math.max(...place.results()[0]!.policies!.map(({ policy }) => riskOf("yes", policy))),
		);
	});
	it("reads the column that is named of a CSV file, quoted line breaks and bad records included", async () => {
		const from = place.file("in.csv", '\ufeffid,body\r\n7,"a\r\nb"\r\n8\r\n\r\n9,"x"y\r\n10,z');
		await place.scan({ from, field: "body" });
		assert.deepEqual(
			place.results().map(({ line, id, error }) => [line, id, error?.code]),
			[
				[2, "7", undefined],
				[4, undefined, "invalid_request"],
				[6, undefined, "invalid_request"],
				[7, "10", undefined],
			],
		);
		const [first] = place.results();
		assert.equal(first!.policies![0]!.risk, riskOf("a\r\nb", first!.policies![0]!.policy));
	});
	it("reads the files of a directory in the order of their names, with the names in the results", async () => {
		const from = join(place.folder, "in");
		mkdirSync(join(from, "sub"), { recursive: true });
		for (const [name, text] of Object.entries({
			"b.txt": "1\n2",
			"a.csv": "text\nx",
			"a.jsonl": lines(1),
			".hidden": "?",
		}))
			writeFileSync(join(from, name), text);
		const { files } = await place.scan({ from });
		assert.equal(files, 3);
		assert.deepEqual(
			place.results().map(({ file, line }) => `${file}:${line}`),
			["a.csv:2", "a.jsonl:1", "b.txt:1", "b.txt:2"],
		);
	});
	it("does not read its own files in the directory it scans", async () => {
		const from = join(place.folder, "in");
		mkdirSync(from);
		writeFileSync(join(from, "a.jsonl"), lines(2));
		const out = join(from, "out.jsonl");
		await place.scan({ from, out });
		await place.scan({ from, out, mode: "force" });
		assert.equal((await place.scan({ from, out, mode: "force" })).tally.rows, 2);
	});
	it("counts what it found, by policy and range of risk", async () => {
		const moderator = createSteadyModerator({ risk: (text) => Number(text) });
		const { tally } = await place.scan({
			from: place.file("in.txt", "0\n0.049\n0.05\n0.5\n0.95\n1"),
			moderator,
			policies: ["hate"],
		});
		const { flagged, blocked, histogram } = tally.policies.hate!;
		assert.deepEqual(Object.keys(tally.policies), ["hate"]);
		assert.deepEqual([flagged, blocked], [1, 2]);
		assert.deepEqual(tally.actions, { allow: 3, flag: 1, block: 2 });
		assert.deepEqual([histogram[0], histogram[1], histogram[10], histogram[19]], [2, 1, 1, 2]);
	});
	it("an empty input gives an empty output", async () => {
		const { tally } = await place.scan({ from: place.file("in.csv", "") });
		assert.deepEqual([tally.rows, place.output()], [0, ""]);
	});
});

describe("a scan is refused", () => {
	const refused = (of: Parameters<Workplace["scan"]>[0], words: RegExp): Promise<void> =>
		assert.rejects(place.scan(of), (error: SluiceError) => {
			assert.equal(error.code, "invalid_request");
			assert.match(error.message, words);
			return true;
		});
	const cutOff = async (from: string): Promise<void> => {
		const stop = new AbortController();
		const onProgress = (): void => stop.abort();
		await assert.rejects(place.scan({ from, groupItems: 2, signal: stop.signal, onProgress }), { code: "aborted" });
		assert.ok(existsSync(`${place.out}.journal`) && !existsSync(place.out));
	};

	it("where there is an output or a scan that has not ended, unless --resume or --force says what to do", async () => {
		const from = place.file("in.jsonl", lines(50));
		await cutOff(from);
		await refused({ from }, /has not ended: --resume goes on with it, --force starts anew/);
		await place.scan({ from, mode: "resume" });
		await refused({ from }, /is there already; --force replaces it/);
		await refused({ from, mode: "resume" }, /is there already; --force replaces it/);
		await place.scan({ from, mode: "force" });
		assert.equal(place.results().length, 50);
	});
	it("and --force leaves nothing of a longer scan before it", async () => {
		const from = place.file("in.jsonl", lines(500));
		await cutOff(from);
		writeFileSync(`${place.out}.part`, "x".repeat(100_000));
		await place.scan({ from: place.file("short.jsonl", lines(2)), mode: "force" });
		assert.equal(place.results().length, 2);
	});
	it("where input, field, policies or model changed before it goes on", async () => {
		const from = place.file("in.jsonl", lines(50));
		await cutOff(from);
		await refused({ from, mode: "resume", field: "body" }, /changed since it began: --field;/);
		await refused({ from, mode: "resume", policies: ["hate"] }, /changed since it began: policies;/);
		await refused({ from, mode: "resume", moderator: createSteadyModerator({ maxCharacters: 7 }) }, /longest text/);
		const other = { ...createSteadyModerator(), model: { id: "other", hash: "other" } };
		await refused({ from, mode: "resume", moderator: other }, /changed since it began: model;/);
		utimesSync(from, 1, 1);
		await refused({ from, mode: "resume" }, /changed since it began: input;/);
	});
	it("where the output lost what its journal counts on, or the journal is none", async () => {
		const from = place.file("in.jsonl", lines(50));
		await cutOff(from);
		writeFileSync(`${place.out}.part`, "");
		await refused({ from, mode: "resume" }, /shorter than its journal says/);
		writeFileSync(`${place.out}.journal`, "{}");
		await refused({ from, mode: "resume" }, /is no journal of this version/);
		await place.scan({ from, mode: "force" });
		writeFileSync(`${place.out}2.part`, "somebody's");
		await refused({ from, out: `${place.out}2` }, /is there without its journal/);
	});
	it("while another one writes to the same output", async () => {
		const from = place.file("in.jsonl", lines(50));
		let second: Promise<void> | undefined;
		const onProgress = (): void => {
			second ??= refused({ from, mode: "force" }, /another process is scanning/);
		};
		await place.scan({ from, onProgress });
		await second;
	});
	it("where there is nothing to read, or nobody can tell how", async () => {
		await refused({ from: join(place.folder, "nowhere.csv") }, /cannot read .*nowhere\.csv \(ENOENT\)/);
		await refused({ from: place.file("data.bin", "x") }, /does not say its format; --format does: jsonl, csv, lines/);
		await refused({ from: "-" }, /--format says what stdin holds/);
		await refused(
			{ from: place.file("in.csv", "a,b\n1,2\n") },
			/in\.csv: the header has no column "text"; --field names/,
		);
		await refused({ from: place.file("two.csv", "text,text\n1,2\n") }, /more than one column "text"/);
		await refused({ from: place.file("ok.txt", "a"), policies: ["nope"] }, /"nope" is not a policy/);
		mkdirSync(join(place.folder, "empty"));
		await refused({ from: join(place.folder, "empty") }, /has no files/);
		assert.deepEqual(left(), []);
	});
	it("by the disk, in words", async () => {
		const from = place.file("ok.txt", "a");
		await refused({ from, out: join(from, "out.jsonl") }, /cannot write .*out\.jsonl \(E(NOTDIR|EXIST)\)/);
	});
	it("when the input changes while it is read; the journal stays", async () => {
		const from = place.file("in.jsonl", lines(50));
		const onProgress = (): void => writeFileSync(from, `${lines(50)}\n${lines(50)}`);
		await refused({ from, groupItems: 2, onProgress }, /changed while it was scanned/);
		assert.ok(existsSync(`${place.out}.journal`));
	});
});

describe("a scan that was cut off goes on", () => {
	const scanOf = { csv: "csv", jsonl: "jsonl", lines: "txt" } as const;
	const content = {
		jsonl: `\ufeff${lines(30)}\nbad\n\n${lines(30)}`,
		csv: `id,text\r\n${Array.from({ length: 60 }, (_, i) => (i % 7 === 0 ? `${i},"a\n${i}"` : i % 11 === 0 ? `"bad` : `${i},t${i}`)).join("\n")}\n\n`,
		lines: Array.from({ length: 60 }, (_, i) => (i % 9 === 0 ? "" : `line ${i}`)).join("\r\n"),
	};
	for (const format of ["jsonl", "csv", "lines"] as const)
		for (const kind of ["file", "stdin"] as const)
			it(`${format} from ${kind}: an abort at any group and --resume give the same bytes and counts`, async () => {
				const from = kind === "file" ? place.file(`in.${scanOf[format]}`, content[format]) : "-";
				const of = (): Parameters<Workplace["scan"]>[0] => ({
					...{ from, groupItems: 5 },
					...(kind === "stdin" && { format, stdin: chunks(content[format], 17) }),
				});
				const whole = await place.scan(of());
				const expected = place.output();
				for (let cut = 1; cut < 12; cut++) {
					await place
						.scan({ ...of(), out: `${place.out}-${cut}`, mode: "resume", ...abortAfter(cut) })
						.catch((error) => {
							assert.equal(error.code, "aborted");
						});
					const again = lookAt(`${place.out}-${cut}`);
					const report = again.done
						? whole
						: await place.scan({ ...of(), out: again.out, mode: "resume", groupItems: 3 });
					assert.deepEqual(report.tally, whole.tally);
					assert.equal(again.read(), expected);
				}
			});
	it("refuses a stream that begins otherwise or ends before", async () => {
		const of = { from: "-", format: "lines", groupItems: 5 } as const;
		await assert.rejects(place.scan({ ...of, stdin: chunks(content.lines, 64), ...abortAfter(5) }), {
			code: "aborted",
		});
		const other = chunks(content.lines.replace("line 1", "line !"), 64);
		await assert.rejects(place.scan({ ...of, stdin: other, mode: "resume" }), /changed since it began: input/);
		const long = `${"word ".repeat(20)}\n`.repeat(1000);
		const out = `${place.out}-long`;
		await assert.rejects(place.scan({ ...of, out, stdin: chunks(long, 999), ...abortAfter(180) }), { code: "aborted" });
		const short = chunks(long.slice(0, 70_000), 999);
		await assert.rejects(place.scan({ ...of, out, stdin: short, mode: "resume" }), /stdin is shorter than what was/);
	});
	it("keeps what was judged when the model goes, and goes on when it is back", async () => {
		const from = place.file("in.jsonl", lines(100));
		let calls = 0;
		const dying = createSteadyModerator({
			before() {
				if (++calls > 5) throw new SluiceError("internal", { detail: "gone" });
			},
		});
		await assert.rejects(place.scan({ from, moderator: dying, groupItems: 5 }), { code: "internal" });
		let texts = 0;
		const back = createSteadyModerator({
			before(contents) {
				texts += contents.length;
			},
		});
		const { rowsBefore, tally } = await place.scan({ from, moderator: back, groupItems: 5, mode: "resume" });
		assert.deepEqual([rowsBefore, texts, tally.rows], [25, 75, 100]);
		assert.deepEqual(
			place.results().map(({ id }) => id),
			Array.from({ length: 100 }, (_, i) => i),
		);
	});
	it("--resume with nothing to go on from starts at the beginning", async () => {
		const { rowsBefore } = await place.scan({ from: place.file("in.jsonl", lines(9)), mode: "resume" });
		assert.deepEqual([rowsBefore, place.results().length], [0, 9]);
	});
});

function abortAfter(groups: number): { signal: AbortSignal; onProgress: () => void } {
	const stop = new AbortController();
	let seen = 0;
	return {
		signal: stop.signal,
		onProgress() {
			if (++seen === groups) stop.abort();
		},
	};
}

function lookAt(out: string): { out: string; done: boolean; read(): string } {
	return { out, done: existsSync(out), read: () => readFileSync(out, "utf8") };
}
