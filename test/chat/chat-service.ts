/** A chat service on a port over a scripted upstream, guarded by a scripted scorer. */
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import OpenAI from "openai";
import { type DecisionTrail, recordDecisions } from "../../src/audit/index.ts";
import {
	type ChatSettings,
	type ChatSource,
	createUpstreamSource,
	type UpstreamOptions,
} from "../../src/chat/index.ts";
import type { Moderator } from "../../src/moderator.ts";
import type { Policy } from "../../src/types.ts";
import { createFakeModerator, fakePolicy } from "../fake-moderator.ts";
import { createScriptedScorer, riskOfWords, type ScriptedScorer } from "../guard/scripted-scorer.ts";
import { createHarness, type Harness } from "../http/harness.ts";
import { startUpstream, type UpstreamDouble } from "./upstream-double.ts";

export interface TestedChat extends Harness {
	readonly url: string;
	readonly client: OpenAI;
	readonly upstream: UpstreamDouble;
	readonly scorer: ScriptedScorer;
	close(): Promise<void>;
}

export interface TestedOptions {
	readonly settings?: Partial<ChatSettings>;
	readonly upstream?: Partial<UpstreamOptions>;
	/** Asked before the upstream. */
	readonly source?: ChatSource;
	readonly scorer?: ScriptedScorer;
	readonly moderator?: Partial<Moderator>;
	/** Without streams: the whole text is judged when it is complete. */
	readonly isWhole?: boolean;
	/** Records both sides. */
	readonly trail?: DecisionTrail;
}

/** Risk 0.95 of hate from the word `bad` on; `rising` raises it towards a block. */
export function riskOf(text: string, policy: string): number {
	return policy === "hate" ? (riskOfWords(text) > 0.8 ? 0.95 : riskOfWords(text)) : 0.01;
}

export const POLICIES: readonly Policy[] = [fakePolicy("hate", ["hate"]), fakePolicy("violence", ["violence"])];

export const SETTINGS: ChatSettings = {
	mode: "hold",
	onFailure: "block",
	moderation: "block",
	inputRoles: ["system", "user", "tool"],
	heartbeatMs: 60_000,
};

export async function startChat(options: TestedOptions = {}): Promise<TestedChat> {
	const upstream = await startUpstream();
	const scorer = options.scorer ?? createScriptedScorer(riskOf);
	const base = createFakeModerator({ policies: POLICIES, risk: riskOf, maxCharacters: 100_000 });
	const plain: Moderator = { ...base, ...(options.isWhole ? {} : { streams: scorer }), ...options.moderator };
	const { trail } = options;
	const moderator = trail === undefined ? plain : recordDecisions(plain, trail);
	const source = createUpstreamSource({
		baseUrl: upstream.baseUrl,
		apiKey: "sk-configured",
		passesAuthorization: false,
		timeoutMs: 5000,
		...options.upstream,
	});
	const sources = [...(options.source ? [options.source] : []), source];
	const harness = createHarness({
		moderator,
		trail,
		chat: { sources, settings: { ...SETTINGS, ...options.settings } },
	});
	const server = createAdaptorServer({ fetch: harness.app.fetch }) as Server;
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
	return {
		...harness,
		url,
		upstream,
		scorer,
		client: new OpenAI({ apiKey: "sk-caller", baseURL: url, maxRetries: 0 }),
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
			await upstream.close();
		},
	};
}

/** Starts, runs, closes. */
export async function withChat(options: TestedOptions, run: (chat: TestedChat) => Promise<void>): Promise<void> {
	const chat = await startChat(options);
	try {
		await run(chat);
	} finally {
		await chat.close();
	}
}
