import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Verdict } from "../../src/types.ts";
import { run } from "./harness.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("sluice moderate", () => {
	it("exits 0 for an allowed text and 1 for one that is flagged or blocked", async () => {
		assert.equal((await run(["moderate", "all good"])).exitCode, 0);
		const flagged = { risk: (_text: string, policy: string) => (policy === "hate" ? 0.6 : 0.1) };
		assert.equal((await run(["moderate", "a"], { moderator: flagged })).exitCode, 1);
		assert.equal((await run(["moderate", "bad"])).exitCode, 1);
	});
	it("prints the action, then the policies from risky to harmless", async () => {
		const { stdout, stderr, closed } = await run(["moderate", "bad"]);
		assert.match(stdout, /^block\n {2}hate {7}0\.950 {2}block\n/);
		assert.equal(stderr, "");
		assert.equal(closed, 1);
	});
	it("--json prints the verdict on one line", async () => {
		const { stdout } = await run(["moderate", "bad", "--json"]);
		const verdict = JSON.parse(stdout) as Verdict;
		assert.equal(stdout.split("\n").length, 2);
		assert.equal(verdict.action, "block");
		assert.equal(verdict.coverage.characters, 3);
		assert.equal(verdict.model.id, "fake-guard");
	});
	it("reads stdin as one text, split characters included, without its final line break", async () => {
		const whole = bytes("é bad\nline\n");
		const { stdout } = await run(["moderate", "--json"], { stdin: [...whole].map((byte) => Uint8Array.of(byte)) });
		const verdict = JSON.parse(stdout) as Verdict;
		assert.equal(verdict.coverage.characters, "é bad\nline".length);
		assert.equal(verdict.action, "block");
	});
	it("exits 2 without a text: a terminal, an empty pipe, an empty argument, bytes that are not UTF-8", async () => {
		const cases: [string[], "terminal" | Uint8Array[], RegExp][] = [
			[["moderate"], "terminal", /give a text/],
			[["moderate"], [], /empty/],
			[["moderate"], [bytes("\n")], /empty/],
			[["moderate", ""], [], /empty/],
			[["moderate"], [Uint8Array.of(0xff)], /UTF-8/],
		];
		for (const [argv, stdin, sentence] of cases) {
			const outcome = await run(argv, { stdin });
			assert.equal(outcome.exitCode, 2);
			assert.match(outcome.stderr, sentence);
			assert.equal(outcome.stdout, "");
		}
	});
	it("stops reading an endless stdin and exits 3", async () => {
		const endless = new Array(1000).fill(bytes("x".repeat(100)));
		const { exitCode, stderr } = await run(["moderate"], { stdin: endless });
		assert.equal(exitCode, 3);
		assert.match(stderr, /longer than 1000 characters/);
	});
});
