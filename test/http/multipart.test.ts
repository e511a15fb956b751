import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseBoundary, readForm } from "../../src/http/multipart.ts";

interface Form {
	fields: Record<string, string>;
	files: [string, string][];
	data: string;
}

async function read(body: string, pieces = body.length, boundary = "b"): Promise<Form> {
	const bytes = Buffer.from(body, "latin1");
	const form: Form = { fields: {}, files: [], data: "" };
	async function* chunks(): AsyncGenerator<Uint8Array> {
		for (let at = 0; at < bytes.byteLength; at += pieces) yield bytes.subarray(at, at + pieces);
	}
	await readForm(chunks(), boundary, {
		field(name, value) {
			form.fields[name] = value;
		},
		file: (name, filename) => void form.files.push([name, filename]),
		async data(piece) {
			form.data += Buffer.from(piece).toString("latin1");
		},
	});
	return form;
}

const field = (name: string, value: string): string =>
	`--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (content: string): string =>
	`--b\r\ncontent-type: text/plain\r\ncontent-disposition: form-data; name="file"; filename="a \\"q\\" %22.jsonl"\r\n\r\n${content}\r\n`;

describe("a multipart form", () => {
	it("is read the same in pieces of any size, with boundaries that nearly occur in the file", async () => {
		const content = "line\r\n--not\r\n--\r\n-b\r\n--a\r\r\n\n--b-- in the middle\u0000\xff";
		const body = `preamble\r\n${field("purpose", "batch")}${file(content)}${field("other", "")}--b--\r\nepilogue`;
		const expected = { fields: { purpose: "batch", other: "" }, files: [["file", 'a "q" ".jsonl']], data: content };
		for (let pieces = 1; pieces <= body.length; pieces++)
			assert.deepEqual(await read(body, pieces), expected, `pieces of ${pieces}`);
	});
	it("agrees with the one that fetch writes", async () => {
		const form = new FormData();
		form.append("file", new Blob(["{}\n{}"]), 'in "x".jsonl');
		form.append("purpose", "batch");
		const request = new Request("http://x/", { method: "POST", body: form });
		const boundary = parseBoundary(request.headers.get("content-type") ?? "");
		const seen = await read(await request.text(), 7, boundary);
		assert.deepEqual(seen, { fields: { purpose: "batch" }, files: [["file", 'in "x".jsonl']], data: "{}\n{}" });
	});
	it("is refused where it is malformed, cut off or without end", async () => {
		const cases: [string, RegExp][] = [
			["", /ends before/],
			["no boundary at all", /ends before/],
			[field("a", "b"), /ends before/],
			[`${field("a", "b")}--b`, /ends before/],
			["--bx\r\n", /malformed/],
			["--b\r\nx: y\r\n\r\n\r\n--b--", /no name/],
			["--b\r\n\r\n\r\n--b--", /no name/],
			[`--b\r\nx: ${"y".repeat(20_000)}\r\n\r\n`, /too long/],
			[field("a", "x".repeat(9000)), /longer than 8192/],
			[field("a", "b").repeat(40), /more than 32/],
		];
		for (const [body, detail] of cases)
			await assert.rejects(read(body), (error: { code?: string; detail?: string }) => {
				assert.equal(error.code, "invalid_request", body.slice(0, 60));
				assert.match(error.detail!, detail);
				return true;
			});
	});
	it("names its boundary in the content type", () => {
		assert.equal(parseBoundary("multipart/form-data; boundary=abc"), "abc");
		assert.equal(parseBoundary('Multipart/Form-Data; charset=utf-8; boundary="a b:c"'), "a b:c");
		for (const wrong of [undefined, "application/json", "multipart/form-data", "multipart/form-data; boundary="])
			assert.throws(() => parseBoundary(wrong), { code: "unsupported_media_type" });
	});
	it("3000 damaged forms: read, or refused as invalid; never anything else", async () => {
		let state = 7;
		const random = (below: number): number => {
			state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
			return Math.floor((state / 4294967296) * below);
		};
		const body = `${field("purpose", "batch")}${file("{}\n")}--b--\r\n`;
		const marks = ["\r\n", "--b", "--", '"', "\\", ";", "\u0000", "\xff", "name=", ""];
		let refused = 0;
		for (let i = 0; i < 3000; i++) {
			let damaged = body;
			for (let n = random(4); n >= 0; n--) {
				const at = random(damaged.length);
				damaged = damaged.slice(0, at) + marks[random(marks.length)] + damaged.slice(at + random(6));
			}
			await read(damaged, 1 + random(damaged.length)).catch((error: { code?: string }) => {
				assert.equal(error.code, "invalid_request", JSON.stringify(damaged));
				refused++;
			});
		}
		assert.ok(refused > 300 && refused < 2900, `${refused} refused`);
	});
});
