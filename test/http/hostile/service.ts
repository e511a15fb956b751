/** An app with everything behind it that a deployment has, quick and scripted: what hostile requests are sent to. */
import type { ChatSource } from "../../../src/chat/index.ts";
import type { Moderator } from "../../../src/moderator.ts";
import { type Bench, openBench } from "../../batch/harness.ts";
import { POLICIES, riskOf, SETTINGS } from "../../chat/chat-service.ts";
import { createFakeModerator } from "../../fake-moderator.ts";
import { createScriptedScorer } from "../../guard/scripted-scorer.ts";
import { createHarness, type Harness } from "../harness.ts";

/** The app and its ends. */
export interface HostileService extends Harness {
	readonly bench: Bench;
	close(): Promise<void>;
}

/** Answers every chat with a few harmless words and one that is not. */
const SOURCE: ChatSource = {
	serves: () => true,
	models: async () => [{ id: "scripted", created: 0, ownedBy: "nobody" }],
	open: async ({ choices, model }) => ({
		model,
		events: (async function* () {
			for (let choice = 0; choice < choices; choice++) {
				for (const text of ["some ", "words, ", "bad ", "words"])
					yield { type: "text", choice, surface: "content", text } as const;
				yield { type: "finish", choice, reason: "stop" } as const;
			}
		})(),
	}),
};

/** Opens one; nothing of it leaves this process but the records' folder. */
export async function openHostileService(): Promise<HostileService> {
	const bench = await openBench({ maxCharacters: 2000 });
	bench.work(1);
	const fake = createFakeModerator({ policies: POLICIES, risk: riskOf, maxCharacters: 2000 });
	const moderator: Moderator = { ...fake, streams: createScriptedScorer(riskOf) };
	const chat = { sources: [SOURCE], settings: SETTINGS };
	const harness = createHarness({ moderator, batches: bench.batches, chat });
	return { ...harness, bench, close: () => bench.close() };
}
