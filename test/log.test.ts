import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLog } from "../src/log.ts";

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
