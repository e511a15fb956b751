/** Wires what answers chats: a local model, an upstream, both, or nothing where the settings name neither. */
import { basename } from "node:path";
import { type ChatService, type ChatSource, createLocalSource, createUpstreamSource } from "../chat/index.ts";
import type { Config } from "../config.ts";
import { SluiceError } from "../errors.ts";
import type { Closing } from "./closing.ts";
import type { Observers } from "./observers.ts";
import { openGenerator } from "./open-generator.ts";

/** Opens the local model whole, an upstream when it is first asked. Throws `invalid_config` and `invalid_model`. */
export async function openChat(
	config: Config,
	closing: Closing,
	{ metrics }: Observers = {},
): Promise<ChatService | undefined> {
	const sources: ChatSource[] = [];
	const { chatModel, chatMaxTokens: maxTokens, upstreamBaseUrl: baseUrl } = config;
	const { upstreamApiKey: apiKey, upstreamPassKey: passesAuthorization, upstreamTimeoutMs: timeoutMs } = config;
	if (passesAuthorization && apiKey !== undefined)
		throw new SluiceError("invalid_config", {
			detail:
				"the upstream gets either a key of its own (SLUICE_UPSTREAM_API_KEY) or the caller's (SLUICE_UPSTREAM_PASS_KEY=1), not both",
		});
	if (chatModel !== undefined) {
		const generator = await openGenerator({ ...config, model: chatModel }, undefined);
		closing.add(generator, (opened) => opened.close());
		const created = Math.floor(Date.now() / 1000);
		const { openDraft } = generator;
		sources.push(createLocalSource({ generator, openDraft, id: basename(chatModel), created, maxTokens }));
	}
	if (baseUrl !== undefined) sources.push(createUpstreamSource({ baseUrl, apiKey, passesAuthorization, timeoutMs }));
	if (sources.length === 0) return undefined;
	const { chatMode: mode, chatOnFailure: onFailure, chatModeration: moderation } = config;
	const settings = {
		mode,
		onFailure,
		moderation,
		inputRoles: config.chatInputRoles,
		rewind: {
			tries: config.chatRewindTries,
			holdTokens: config.chatHoldTokens,
			aheadTokens: config.chatAheadTokens,
		},
		heartbeatMs: config.chatHeartbeatMs,
		onReport: metrics?.guarded,
	};
	return { sources, settings };
}
