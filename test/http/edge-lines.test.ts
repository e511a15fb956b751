import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Batches, BatchPiece } from "../../src/batch/batches.ts";
import type { Caller } from "../../src/http/caller.ts";
import { createRateLimits } from "../../src/http/rate-limit.ts";
import { createServiceTokens, SERVICE_TOKEN_HEADER, signServiceToken } from "../../src/http/service-token.ts";
import { createHarness } from "./harness.ts";

const SECRET = "a-secret-of-the-edge-for-tests-only";
const PATH = "/edge/lines";
const BATCH = `batch_${"a".repeat(48)}`;
const CALLER: Caller = {
	...{ keyId: `key_${"1".repeat(16)}`, tenant: "acme", scopes: ["batch"], grant: { policies: ["hate"] } },
	limits: { requestsPerMinute: null, charactersPerMinute: null },
};
const REQUEST = { endpoint: "/v1/moderations", completion_window: "24h" };

async function send(
	body: unknown,
	caller: Caller | null = CALLER,
): Promise<{ status: number; received: [string, BatchPiece][] }> {
	const received: [string, BatchPiece][] = [];
	const batches = {
		async receive(tenant: string, piece: BatchPiece): Promise<void> {
			received.push([tenant, piece]);
		},
	} as Partial<Batches> as Batches;
	const access = {
		...{ keys: { find: () => undefined, hasKeys: () => true }, limits: createRateLimits(), isRequired: true },
		services: createServiceTokens([SECRET]),
	};
	const token = signServiceToken(
		SECRET,
		{ method: "POST", path: PATH },
		{ caller: caller ?? undefined, nowMs: Date.now() },
	);
	const answer = await createHarness({ access, batches }).post(PATH, body, { [SERVICE_TOKEN_HEADER]: token });
	return { status: answer.status, received };
}

describe("POST /edge/lines", () => {
	it("keeps lines for the tenant of the token", async () => {
		const piece = { batch: BATCH, at: 7, lines: ["{}"] };
		assert.deepEqual(await send(piece), { status: 204, received: [["acme", piece]] });
	});

	it("begins a batch for the token's tenant by the token's grant, whatever its end names", async () => {
		const { status, received } = await send({
			batch: BATCH,
			end: {
				lines: 1,
				...{ tenant: "other", grant: {}, wish: { grant: {} } },
				request: { ...REQUEST, tenant: "other", grant: {}, input_file_id: "file-other", id: "batch_other" },
			},
		});
		// what is none of its fields is refused or left out, never used
		if (status === 204) {
			const [[tenant, piece]] = received as [[string, Extract<BatchPiece, { end: object }>]];
			assert.deepEqual([tenant, piece.batch, Object.keys(piece.end).toSorted()], ["acme", BATCH, ["lines", "wish"]]);
			assert.deepEqual(piece.end.wish.grant, CALLER.grant);
			assert.equal(JSON.stringify(piece).includes("other"), false);
		} else assert.deepEqual([status, received], [400, []]);
	});

	it("takes what an edge without keys sends as nobody's in particular", async () => {
		const { status, received } = await send({ batch: BATCH, end: { lines: 1, request: REQUEST } }, null);
		assert.equal(status, 204);
		assert.equal(received[0]![0], "default");
	});

	it("refuses what has not its form", async () => {
		for (const body of [
			{ batch: "batch_../../x", at: 0, lines: ["{}"] },
			{ batch: BATCH, at: -1, lines: ["{}"] },
			{ batch: BATCH, at: 0.5, lines: ["{}"] },
			{ batch: BATCH, at: 0, lines: [] },
			{ batch: BATCH, at: 0, lines: [{}] },
			{ batch: BATCH, at: 0, lines: ["{}"], end: { lines: 1, request: REQUEST } },
			{ batch: BATCH, end: { lines: -1, request: REQUEST } },
			{ batch: BATCH, end: { lines: 1, request: { ...REQUEST, endpoint: "/v1/chat/completions" } } },
			{ batch: BATCH },
		]) {
			const { status, received } = await send(body);
			assert.deepEqual([status, received], [400, []], JSON.stringify(body));
		}
	});
});
