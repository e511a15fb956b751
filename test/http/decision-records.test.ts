/** Every door leaves a record of every decision: each wire format, the lines of batches, chats on both sides. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type AuditRecord, createDecisionTrail, type DecisionRecord, recordDecisions } from "../../src/audit/index.ts";
import { judgeItems } from "../../src/batch/judge-items.ts";
import { createBatchFormat } from "../../src/http/batch-format.ts";
import { withChat } from "../chat/chat-service.ts";
import { says } from "../chat/upstream-double.ts";
import { createFakeModerator } from "../fake-moderator.ts";
import { createHarness } from "./harness.ts";
import { SUBJECTS } from "./protocols/subjects.ts";

function createRecords(isTaken = true) {
	const records: DecisionRecord[] = [];
	const append = (record: AuditRecord): boolean => {
		if (isTaken) records.push(record as DecisionRecord);
		return isTaken;
	};
	const log = { append, isFailing: false };
	return {
		records,
		trail: createDecisionTrail({ log, key: Buffer.alloc(32), keepsContent: false, onFailure: "block" }),
	};
}

describe("records of decisions", () => {
	for (const subject of SUBJECTS)
		it(`${subject.name}: name the route, the request and what was decided about the text`, async () => {
			const { records, trail } = createRecords();
			const risk = (text: string, policy: string): number => (text.includes(policy) ? 0.97 : 0.01);
			const moderator = recordDecisions(createFakeModerator({ policies: subject.policies, risk }), trail);
			const { post } = createHarness({ moderator, trail });
			const response = await post(subject.path, subject.body("a threat"), { "x-request-id": "req-7" });
			assert.equal(response.status, 200);
			const [record] = records as [DecisionRecord];
			assert.deepEqual(
				{ action: record.action, request: record.request, surface: record.surface, text: record.text },
				{ action: "block", request: "req-7", surface: subject.path.split("?")[0], text: trail.describe("a threat") },
			);
		});

	for (const subject of SUBJECTS)
		it(`${subject.name}: no answer without one where the installation says so`, async () => {
			const { trail } = createRecords(false);
			const moderator = recordDecisions(createFakeModerator({ policies: subject.policies }), trail);
			const response = await createHarness({ moderator, trail }).post(subject.path, subject.body("a threat"));
			assert.equal(response.status, 503);
		});

	it("name the lines of a batch", async () => {
		const { records, trail } = createRecords();
		const moderator = recordDecisions(createFakeModerator(), trail);
		const format = createBatchFormat({ moderator, limits: { maxInputs: 100 } });
		const signal = new AbortController().signal;
		const items = [
			{ line: 3, body: { input: "one" } },
			{ line: 7, body: { input: ["two", "bad"] } },
		];
		const job = { batch: "batch_1", chunk: 0, endpoint: "/v1/classify" as const, items };
		await judgeItems({ moderator, format, signal, isLast: true, pause: async () => {} }, job);
		assert.deepEqual(
			records.map(({ surface, batch, line, action }) => [surface, batch, line, action]),
			[
				["/v1/classify", "batch_1", 3, "allow"],
				["/v1/classify", "batch_1", 7, "allow"],
				["/v1/classify", "batch_1", 7, "block"],
			],
		);
	});

	it("of a chat are one per text that goes in and one per text that comes out, with what became of it", async () => {
		const { records, trail } = createRecords();
		await withChat({ trail }, async (chat) => {
			chat.upstream.use(says("all good until bad words come"));
			const messages = [{ role: "user" as const, content: "hello" }];
			const answer = await chat.client.chat.completions.create({ model: "m", messages });
			assert.equal(answer.choices[0]!.finish_reason, "content_filter");
			assert.deepEqual(
				records.map(({ surface, part, action, stream, text }) => [
					surface,
					part,
					action,
					stream?.reason,
					text.characters >= 5,
				]),
				[
					["/v1/chat/completions", "input", "allow", undefined, true],
					["/v1/chat/completions", "output", "block", "policy", true],
				],
			);
			assert.equal(new Set(records.map(({ request }) => request)).size, 1);
			assert.equal(records[1]!.stream!.released_characters, answer.choices[0]!.message.content!.length);
		});
	});

	it("of an answer that can only be judged whole are one, not two", async () => {
		const { records, trail } = createRecords();
		await withChat({ trail, isWhole: true }, async (chat) => {
			chat.upstream.use(says("all good"));
			await chat.client.chat.completions.create({ model: "m", messages: [{ role: "user", content: "hello" }] });
			assert.deepEqual(
				records.map(({ part, action }) => [part, action]),
				[
					["input", "allow"],
					["output", "allow"],
				],
			);
		});
	});

	it("of a chat that is only scored say that nothing followed from the action", async () => {
		const { records, trail } = createRecords();
		await withChat({ trail, settings: { moderation: "score" } }, async (chat) => {
			chat.upstream.use(says("bad words"));
			const messages = [{ role: "user" as const, content: "bad" }];
			const answer = await chat.client.chat.completions.create({ model: "m", messages });
			assert.equal(answer.choices[0]!.message.content, "bad words");
			assert.deepEqual(
				records.map(({ part, score_only }) => [part, score_only]),
				[
					["input", true],
					["output", true],
				],
			);
			assert.notEqual(records[1]!.action, "block", "it was not stopped");
		});
	});

	it("of an answer that could not be recorded are none, and neither is the answer", async () => {
		const { trail } = createRecords(false);
		await withChat({ trail }, async (chat) => {
			chat.upstream.use(says("secret words"));
			const messages = [{ role: "user" as const, content: "hello" }];
			await assert.rejects(chat.client.chat.completions.create({ model: "m", messages }), { status: 503 });
		});
	});
});
