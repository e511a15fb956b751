/** Guarded chats as `sluice serve` wires them: the shipped classifier and policies before a scripted upstream. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import OpenAI from "openai";
import { openLocalService } from "../../src/cli/open-local-service.ts";
import { type Gateway, startGateway } from "../../src/cli/run-gateway.ts";
import { readConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { says, startUpstream, toChunk, type UpstreamDouble } from "../chat/upstream-double.ts";

const root = join(import.meta.dirname, "../..");
const shipped = existsSync(join(root, "models/sluice-guard/model.safetensors"));
const skip = shipped ? false : "models/sluice-guard is not there";

const SAFE = "Bake the bread for 40 minutes and let it rest. ";
const HARM = "You people are vermin and should be wiped off the face of the earth.";

describe("guarded chats with the shipped classifier", { skip, timeout: 180_000 }, () => {
	let upstream: UpstreamDouble;
	let gateway: Gateway;
	let client: OpenAI;
	const lines: string[] = [];

	before(async () => {
		upstream = await startUpstream();
		const settings = {
			PORT: "0",
			SLUICE_MODEL: join(root, "models/sluice-guard"),
			SLUICE_POLICIES: join(root, "policies"),
			SLUICE_CACHE_DIR: join(root, ".cache"),
			SLUICE_UPSTREAM_BASE_URL: upstream.baseUrl,
			SLUICE_UPSTREAM_API_KEY: "sk-of-the-service",
		};
		const log = createLog({ level: "info", write: (line) => void lines.push(line) });
		gateway = await startGateway(readConfig({}, settings), openLocalService, log);
		client = new OpenAI({ apiKey: "sk-of-the-caller", baseURL: `${gateway.url}/v1`, maxRetries: 0 });
		for (;;) if ((await fetch(`${gateway.url}/readyz`)).ok) break;
	});
	after(async () => {
		await gateway?.close();
		await upstream?.close();
	});

	const ask = (content: string): { model: string; messages: OpenAI.Chat.ChatCompletionUserMessageParam[] } => ({
		model: "any",
		messages: [{ role: "user", content }],
	});

	it("gives a harmless answer unchanged, with the risks where they are asked for", async () => {
		upstream.use(says(SAFE.repeat(5)));
		const moderation = { model: "omni-moderation-latest" };
		const { choices, moderation: found } = await client.chat.completions.create({
			...ask("How do I bake bread?"),
			moderation,
		});
		assert.deepEqual([choices[0]!.message.content, choices[0]!.finish_reason], [SAFE.repeat(5), "stop"]);
		for (const side of [found!.input, found!.output]) {
			assert.ok(side.type === "moderation_results" && side.results.length === 1 && !side.results[0]!.flagged);
			assert.ok(side.results[0]!.category_scores.hate! > 0);
		}
	});
	it("stops where POST /v1/classify of the same prefix says block, and lets none of the rest out", async () => {
		upstream.use(says(SAFE + HARM + SAFE));
		const final = await client.chat.completions.stream(ask("What do you think?")).finalChatCompletion();
		const { message, finish_reason } = final.choices[0]!;
		assert.equal(finish_reason, "content_filter");
		const shown = message.content!;
		assert.ok((SAFE + HARM).startsWith(shown), shown);
		const classify = async (input: string): Promise<string> => {
			const headers = { "content-type": "application/json" };
			const init = { method: "POST", headers, body: JSON.stringify({ input }) };
			const response = await fetch(`${gateway.url}/v1/classify`, init);
			return ((await response.json()) as { results: { action: string }[] }).results[0]!.action;
		};
		assert.notEqual(await classify(shown), "block");
		assert.equal(await classify(SAFE + HARM), "block");
	});
	it("stops a harmful prompt and ends the upstream's work", async () => {
		upstream.use(async ({ response, stream, event }) => {
			stream();
			while (!response.destroyed) await event(toChunk({ content: SAFE })); // until it is ended
		});
		const { choices, moderation } = await client.chat.completions.create(ask(HARM));
		assert.deepEqual([choices[0]!.message.content, choices[0]!.finish_reason], ["", "content_filter"]);
		assert.ok(moderation!.input.type === "moderation_results" && moderation!.input.results[0]!.flagged);
		await upstream.seen.at(-1)!.closed;
		assert.equal(upstream.seen.at(-1)!.isWhole, false);
	});
	it("writes neither texts nor keys to the log", () => {
		assert.ok(lines.length > 0);
		assert.doesNotMatch(lines.join("\n"), /bread|vermin|sk-of/);
		for (const { headers } of upstream.seen) assert.equal(headers.authorization, "Bearer sk-of-the-service");
	});
});
