import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ChatService } from "../../src/chat/index.ts";
import { openTogether } from "../../src/cli/closing.ts";
import { openChat } from "../../src/cli/open-chat.ts";
import { readConfig } from "../../src/config.ts";

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
			SLUICE_CHAT_INPUT_ROLES: "none",
			SLUICE_CHAT_HEARTBEAT_MS: "500",
		});
		assert.partialDeepStrictEqual(chat!.settings, {
			mode: "final",
			onFailure: "flag",
			moderation: "request",
			inputRoles: [],
			heartbeatMs: 500,
		});
		await assert.rejects(async () => readConfig({}, { SLUICE_CHAT_INPUT_ROLES: "user,robot" }), {
			code: "invalid_config",
		});
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
