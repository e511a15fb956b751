import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createIsoTime, createLog } from "../src/log.ts";

describe("createLog", () => {
	it("writes one JSON object per line with level, time, fields and message", () => {
		const lines: string[] = [];
		createLog({ level: "info", write: (line) => lines.push(line) }).warn({ port: 1, gone: undefined }, "careful");
		const line = JSON.parse(lines.join("")) as Record<string, unknown>;
		assert.deepEqual({ ...line, time: "" }, { level: "warn", time: "", port: 1, msg: "careful" });
		assert.match(String(line.time), /^\d{4}-\d\d-\d\dT/);
	});
	it("leaves out lines below its level", () => {
		const lines: string[] = [];
		createLog({ level: "error", write: (line) => lines.push(line) }).info({}, "hello");
		assert.deepEqual(lines, []);
	});
});

describe("createIsoTime", () => {
	it("says what Date does, forwards, backwards and across seconds", () => {
		const toTime = createIsoTime();
		const start = Date.UTC(2026, 11, 31, 23, 59, 58);
		for (const ms of [0, 1, 9, 10, 99, 100, 999, 1000, 1001, 999, 2000, 86_400_000, 5])
			assert.equal(toTime(start + ms), new Date(start + ms).toISOString());
		assert.equal(toTime(0), "1970-01-01T00:00:00.000Z");
	});
});
