import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Judging, judgeItems } from "../../src/batch/judge-items.ts";
import { SluiceError } from "../../src/errors.ts";
import { createBatchFormat } from "../../src/http/batch-format.ts";
import type { ModerateOptions } from "../../src/moderator.ts";
import type { Content } from "../../src/types.ts";
import { createFakeModerator } from "../fake-moderator.ts";

interface Setup {
	before?(contents: readonly Content[], options: ModerateOptions | undefined): void;
	isLast?: boolean;
	signal?: AbortSignal;
}

function createJudging({ before, isLast = false, signal = new AbortController().signal }: Setup): {
	judging: Judging;
	calls: (readonly Content[])[];
	options: (ModerateOptions | undefined)[];
	pauses: number[];
} {
	const calls: (readonly Content[])[] = [];
	const options: (ModerateOptions | undefined)[] = [];
	const pauses: number[] = [];
	const moderator = createFakeModerator({
		before(contents, of) {
			calls.push(contents);
			options.push(of);
			before?.(contents, of);
		},
	});
	const format = createBatchFormat({ moderator, limits: { maxInputs: 100 } });
	const pause = async (ms: number): Promise<void> => void pauses.push(ms);
	return { judging: { moderator, format, signal, isLast, pause }, calls, options, pauses };
}

const job = (...bodies: object[]) => ({
	batch: "batch_1",
	chunk: 0,
	endpoint: "/v1/classify" as const,
	items: bodies.map((body, i) => ({ line: i + 1, body })),
});
const fail = (code: "inference_failed" | "text_too_long" | "overloaded", retryAfterMs?: number): never => {
	throw new SluiceError(code, { detail: "made up", pointer: "/0", retryAfterMs });
};

describe("the requests of a job", () => {
	it("share calls of at most 16 texts, below every interactive call; one with a budget has its own", async () => {
		const { judging, calls, options } = createJudging({});
		const many = Array.from({ length: 40 }, (_, i) => `text ${i}`);
		const results = await judgeItems(
			judging,
			job(
				{ input: "a" },
				{ input: ["b", "c"] },
				{ input: "d", budget: { max_escalations: 1 } },
				{ input: "e" },
				{ input: many },
				{ input: many },
				{ input: { prompt: "p", response: "bad" } },
			),
		);
		assert.deepEqual(
			calls.map((contents) => contents.length),
			[3, 1, 1, 40, 40, 1],
		);
		assert.deepEqual(
			results.map(({ line, status }) => [line, status]),
			[1, 2, 3, 4, 5, 6, 7].map((line) => [line, 200]),
		);
		assert.deepEqual(
			results.map(({ body }) => (JSON.parse(body) as { results: unknown[] }).results.length),
			[1, 2, 1, 1, 40, 40, 1],
		);
		assert.ok(options.every((of) => of!.priority! < 0));
		assert.deepEqual(
			options.map((of) => of!.budget?.maxEscalations),
			[undefined, 1, undefined, undefined, undefined, undefined],
		);
	});
	it("give others a turn between two calls, and are all under way before the first is over", async () => {
		const order: string[] = [];
		let open = 0;
		const { judging } = createJudging({
			before() {
				order.push("call");
				open = Math.max(open, order.filter((name) => name === "call").length);
			},
		});
		const judged = judgeItems(judging, job(...Array.from({ length: 48 }, (_, i) => ({ input: `text ${i}` }))));
		const turns = (async () => {
			for (let i = 0; i < 6; i++) {
				await new Promise((resolve) => setImmediate(resolve));
				order.push("turn");
			}
		})();
		await Promise.all([judged, turns]);
		assert.equal(open, 3);
		assert.doesNotMatch(order.join(" "), /call call call/);
	});
	it("are judged each by itself when their call is refused: a line pays only for itself, and the pointer is its own", async () => {
		const { judging } = createJudging({ before: (contents) => contents.includes("long") && fail("text_too_long") });
		const results = await judgeItems(judging, job({ input: "a" }, { input: ["long", "b"] }, { input: "c" }));
		assert.deepEqual(
			results.map(({ status }) => status),
			[200, 413, 200],
		);
		const refused = JSON.parse(results[1]!.body) as { error: { param: string }; instance: string };
		assert.equal(refused.error.param, "input[0]");
		assert.equal(refused.instance, "urn:sluice:request:batch_1.2");
	});
	it("fail as a whole where trying again may help, unless it is the last attempt", async () => {
		const before = (contents: readonly Content[]): unknown => contents.includes("ill") && fail("inference_failed");
		const bodies = [{ input: "a" }, { input: "ill" }];
		await assert.rejects(judgeItems(createJudging({ before }).judging, job(...bodies)), { code: "inference_failed" });
		const results = await judgeItems(createJudging({ before, isLast: true }).judging, job(...bodies));
		assert.deepEqual(
			results.map(({ status }) => status),
			[200, 500],
		);
	});
	it("a defect shows nothing of itself, and no text", async () => {
		const before = (): never => {
			throw new Error("about the very secret text");
		};
		const results = await judgeItems(createJudging({ before, isLast: true }).judging, job({ input: "very secret" }));
		assert.equal(results[0]!.status, 500);
		assert.doesNotMatch(results[0]!.body, /secret/);
	});
	it("wait while the moderator is busy, as long as it says, and give up no attempt for it", async () => {
		let busy = 8;
		const { judging, pauses } = createJudging({ before: () => busy-- > 0 && fail("overloaded", 300) });
		const results = await judgeItems(judging, job({ input: "a" }));
		assert.equal(results[0]!.status, 200);
		assert.deepEqual(pauses, [300, 300, 400, 800, 1600, 3200, 5000, 5000]);
	});
	it("stop when the worker closes", async () => {
		const closing = new AbortController();
		const before = (): void => closing.abort(new Error("closing"));
		const { judging } = createJudging({
			before: (contents) => {
				before();
				return contents.length > 0 && fail("overloaded");
			},
			signal: closing.signal,
			isLast: true,
		});
		await assert.rejects(judgeItems(judging, job({ input: "a" })), /closing/);
	});
});
