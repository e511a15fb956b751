import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createProgress } from "../../src/cli/progress.ts";

function record(interactive: boolean): {
	written: string[];
	at(ms: number): void;
	show(text: string): void;
	end(): void;
} {
	const written: string[] = [];
	let clock = 0;
	const streams = {
		stdin: (async function* () {})(),
		stdout: () => assert.fail("progress belongs on stderr"),
		stderr: (text: string) => void written.push(text),
		interactive,
	};
	const { show, end } = createProgress(streams, () => clock);
	const at = (ms: number): void => {
		clock = ms;
	};
	return { written, at, show, end };
}

describe("createProgress", () => {
	it("redraws one line on a terminal, a few times per second, and wipes it at the end", () => {
		const p = record(true);
		p.show("early");
		p.at(250);
		p.show("half");
		p.at(300);
		p.show("too soon");
		p.end();
		assert.deepEqual(p.written, ["\r\u001b[Khalf", "\r\u001b[K"]);
	});
	it("writes whole lines, far apart, where lines cannot be redrawn", () => {
		const p = record(false);
		p.at(5000);
		p.show("early");
		p.at(11_000);
		p.show("half");
		p.end();
		assert.deepEqual(p.written, ["half\n"]);
	});
});
