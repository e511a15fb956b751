import assert from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { ChatService } from "../../src/chat/index.ts";
import { openTogether } from "../../src/cli/closing.ts";
import { openChat } from "../../src/cli/open-chat.ts";
import { readConfig } from "../../src/config.ts";
import { createModelDirectory } from "../engine/model-directory.ts";

async function open(env: Record<string, string>): Promise<ChatService | undefined> {
	let chat: ChatService | undefined;
	const opened = await openTogether(async (closing) => {
		chat = await openChat(readConfig({}, env), closing);
		return closing;
	});
	await opened.close();
	return chat;
}

describe("what answers chats", () => {
	it("is nothing where the settings name neither an upstream nor a model", async () => {
		assert.equal(await open({}), undefined);
	});
	it("blocks by default, in hold, whatever a request asks", async () => {
		const chat = await open({ SLUICE_UPSTREAM_BASE_URL: "http://127.0.0.1:1/v1" });
		assert.partialDeepStrictEqual(chat!.settings, {
			mode: "hold",
			onFailure: "block",
			moderation: "block",
			inputRoles: ["system", "user", "tool"],
			rewind: { tries: 4, holdTokens: 0, aheadTokens: 16 },
			heartbeatMs: 10_000,
		});
		assert.ok(chat!.sources.length === 1 && chat!.sources[0]!.serves("any name"));
	});
	it("is as it was set", async () => {
		const chat = await open({
			SLUICE_UPSTREAM_BASE_URL: "http://127.0.0.1:1/v1",
			SLUICE_CHAT_MODE: "final",
			SLUICE_CHAT_ON_FAILURE: "flag",
			SLUICE_CHAT_MODERATION: "request",
			SLUICE_CHAT_REWIND_TRIES: "0",
			SLUICE_CHAT_HOLD_TOKENS: "3",
			SLUICE_CHAT_AHEAD_TOKENS: "5",
			SLUICE_CHAT_INPUT_ROLES: "none",
			SLUICE_CHAT_HEARTBEAT_MS: "500",
		});
		assert.partialDeepStrictEqual(chat!.settings, {
			mode: "final",
			onFailure: "flag",
			moderation: "request",
			inputRoles: [],
			rewind: { tries: 0, holdTokens: 3, aheadTokens: 5 },
			heartbeatMs: 500,
		});
		await assert.rejects(async () => readConfig({}, { SLUICE_CHAT_INPUT_ROLES: "user,robot" }), {
			code: "invalid_config",
		});
	});
	it("is a local model whose answers can be taken back, beside an upstream whose cannot", async () => {
		const directory = createModelDirectory("gemma2");
		try {
			cpSync(
				join(import.meta.dirname, "../fixtures/tokenizer/tokenizer.json"),
				join(directory.source, "tokenizer.json"),
			);
			const env = { SLUICE_CHAT_MODEL: directory.source, SLUICE_CACHE_DIR: directory.cacheDir, SLUICE_WEIGHTS: "f32" };
			const chat = await open({ ...env, SLUICE_UPSTREAM_BASE_URL: "http://127.0.0.1:1/v1" });
			assert.deepEqual(
				chat!.sources.map(({ drafts }) => drafts !== undefined),
				[true, false],
			);
			assert.ok(chat!.sources[0]!.serves("gemma2"));
		} finally {
			directory.remove();
		}
	});
	it("refuses two keys, a key over http to another machine, and a model that is not there", async () => {
		const key = { SLUICE_UPSTREAM_API_KEY: "sk-very-secret" };
		const refused: readonly Record<string, string>[] = [
			{ SLUICE_UPSTREAM_BASE_URL: "https://example.com/v1", SLUICE_UPSTREAM_PASS_KEY: "1", ...key },
			{ SLUICE_UPSTREAM_BASE_URL: "http://example.com/v1", ...key },
			{ SLUICE_UPSTREAM_BASE_URL: "http://example.com/v1", SLUICE_UPSTREAM_PASS_KEY: "1" },
		];
		for (const env of refused)
			await assert.rejects(open(env), (error: Error & { code?: string }) => {
				assert.equal(error.code, "invalid_config");
				assert.doesNotMatch(error.message, /secret/);
				return true;
			});
		await assert.rejects(open({ SLUICE_CHAT_MODEL: "test/no-such-model" }), { code: "invalid_model" });
	});
});
