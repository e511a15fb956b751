import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createCsvBoundary, parseCsvRecord } from "../../src/scan/csv.ts";
import { type Boundary, createLineBoundary, createRecordCutter, type RawRecord } from "../../src/scan/cut-records.ts";
import { createRandom } from "./workplace.ts";

interface Cut {
	readonly text: string;
	readonly line: number;
	readonly end: number;
	readonly problem: string | undefined;
}

/** Cuts `bytes` from `offset` on, in chunks of the sizes that `size` gives. */
function cut(
	bytes: Uint8Array,
	of: { boundary: () => Boundary; size?: () => number; maxBytes?: number; offset?: number; line?: number },
): Cut[] {
	const { size = () => bytes.length + 1, maxBytes = 1000, offset = 0, line = 1 } = of;
	const cutter = createRecordCutter({ boundary: of.boundary(), maxBytes, offset, line });
	const toCut = ({ bytes: record, line: first, end, problem }: RawRecord): Cut => ({
		text: record.toString("utf8"),
		line: first,
		end,
		problem,
	});
	const cuts: Cut[] = [];
	for (let at = offset; at < bytes.length; ) {
		const next = Math.min(bytes.length, at + size());
		const chunk = Buffer.from(bytes.subarray(at, next));
		cuts.push(...cutter.push(chunk).map(toCut));
		chunk.fill("?\n"); // whoever reads the file may use it again
		at = next;
	}
	return [...cuts, ...cutter.end().map(toCut)];
}

const csv = (text: string, maxBytes?: number): Cut[] =>
	cut(Buffer.from(text), { boundary: createCsvBoundary, ...(maxBytes !== undefined && { maxBytes }) });
const fields = (text: string): (string[] | string)[] =>
	csv(text).map(({ text: record, problem }) => problem ?? parseCsvRecord(record));

describe("records of lines", () => {
	const lines = (text: string, maxBytes?: number): Cut[] =>
		cut(Buffer.from(text), { boundary: createLineBoundary, ...(maxBytes !== undefined && { maxBytes }) });

	it("end at line feeds only, with their number and the place behind them", () => {
		assert.deepEqual(
			lines("a\u2028b\r\n\nlast").map(({ text, line, end }) => [text, line, end]),
			[
				["a\u2028b\r\n", 1, 7],
				["\n", 2, 8],
				["last", 3, 12],
			],
		);
	});
	it("lose a byte order mark at the start of the file and nowhere else", () => {
		const texts = lines("\ufeffa\n\ufeffb\n").map(({ text }) => text);
		assert.deepEqual(texts, ["a\n", "\ufeffb\n"]);
		assert.deepEqual(cut(Buffer.from("ab"), { boundary: createLineBoundary, size: () => 1 })[0]!.text, "ab");
	});
	it("longer than the limit are not held, and the next one is whole", () => {
		const [first, long, next] = lines(`ok\n${"x".repeat(40)}\nnext\n`, 10);
		assert.deepEqual([first!.problem, long!.problem, next!.problem], [undefined, "too long", undefined]);
		assert.deepEqual([long!.text, long!.line, next!.text, next!.line], ["", 2, "next\n", 3]);
		assert.equal(lines("y".repeat(40), 10)[0]!.problem, "too long");
	});
});

describe("CSV by RFC 4180", () => {
	it("reads every form of the standard's grammar", () => {
		assert.deepEqual(fields("aaa,bbb,ccc\r\nzzz,yyy,xxx\r\n"), [
			["aaa", "bbb", "ccc"],
			["zzz", "yyy", "xxx"],
		]);
		assert.deepEqual(fields("aaa,bbb,ccc\r\nzzz,yyy,xxx")[1], ["zzz", "yyy", "xxx"]);
		assert.deepEqual(fields('"aaa","bbb","ccc"\r\nzzz,yyy,xxx')[0], ["aaa", "bbb", "ccc"]);
		assert.deepEqual(fields('"aaa","b \r\nbb","ccc"\r\nzzz,yyy,xxx'), [
			["aaa", "b \r\nbb", "ccc"],
			["zzz", "yyy", "xxx"],
		]);
		assert.deepEqual(fields('"aaa","b""bb","ccc"'), [["aaa", 'b"bb', "ccc"]]);
	});
	it("reads empty fields, spaces, single columns, LF alone, commas and doubled quotes at the ends", () => {
		assert.deepEqual(fields('a,,c\n,,\n"",""\n'), [
			["a", "", "c"],
			["", "", ""],
			["", ""],
		]);
		assert.deepEqual(fields(' a , b \nsolo\n"x,y"\n'), [[" a ", " b "], ["solo"], ["x,y"]]);
		assert.deepEqual(fields('"""a"""\n""""\n'), [['"a"'], ['"']]);
		assert.deepEqual(fields('a,"b"'), [["a", "b"]]);
		assert.deepEqual(fields("a,"), [["a", ""]]);
	});
	it("numbers lines through line breaks in quotes", () => {
		assert.deepEqual(
			csv('a\n"b\nb\n"\nc\n').map(({ line }) => line),
			[1, 2, 5],
		);
	});
	it("a quote out of place costs its line and no other", () => {
		assert.deepEqual(fields('a"b,c\nd,e\n'), ["has a double quote out of place", ["d", "e"]]);
		assert.deepEqual(fields('"a"b,c\nd,e\n'), ["has a double quote out of place", ["d", "e"]]);
		assert.deepEqual(fields('"open,c\nd,e\nf,"g"\nh,i\n'), [
			"has a double quote out of place",
			["d", "e"],
			["f", "g"],
			["h", "i"],
		]);
		assert.deepEqual(fields('"open,c\nd,e\n'), ["has a quoted field that does not end", ["d", "e"]]);
	});
	it("a quoted field without an end within the limit costs its first line", () => {
		const cuts = csv(`"${"x\n".repeat(20)}ok,ok\n`, 12);
		assert.equal(cuts[0]!.problem, "too long");
		assert.deepEqual(cuts.slice(1).map(({ text, line }) => [text, line])[19], ["ok,ok\n", 21]);
	});
});

describe("cutting", () => {
	const alphabets = { lines: ["a", "\n", "\r", "é", '"'], csv: ["a", "b", ",", '"', '"', "\n", "\r\n", "é"] };
	for (const [name, boundary] of Object.entries({ lines: createLineBoundary, csv: createCsvBoundary })) {
		const texts = Array.from({ length: 300 }, (_, seed) => {
			const random = createRandom(seed + 1);
			const letters = alphabets[name as keyof typeof alphabets];
			return Buffer.from(Array.from({ length: random(120) }, () => letters[random(letters.length)]!).join(""));
		});
		it(`${name}: gives the same records however the bytes are cut into chunks`, () => {
			for (const [seed, bytes] of texts.entries()) {
				const random = createRandom(seed);
				for (const maxBytes of [9, 1000]) {
					const whole = cut(bytes, { boundary, maxBytes });
					assert.deepEqual(cut(bytes, { boundary, maxBytes, size: () => 1 + random(7) }), whole);
				}
			}
		});
		it(`${name}: goes on from the end of any record as if it had never stopped`, () => {
			for (const bytes of texts)
				for (const maxBytes of [9, 1000]) {
					const whole = cut(bytes, { boundary, maxBytes });
					for (const [i, { end }] of whole.entries()) {
						const line = whole[i + 1]?.line ?? 1;
						assert.deepEqual(cut(bytes, { boundary, maxBytes, offset: end, line }), whole.slice(i + 1));
					}
				}
		});
		it(`${name}: leaves no byte out and takes none twice`, () => {
			for (const bytes of texts) {
				const whole = cut(bytes, { boundary });
				assert.equal(whole.map(({ text }) => text).join(""), bytes.toString("utf8"));
			}
		});
	}
});
