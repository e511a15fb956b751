/** An app with everything behind it that a deployment has, quick and scripted: what hostile requests are sent to. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ChatSource } from "../../../src/chat/index.ts";
import { createLog } from "../../../src/log.ts";
import { createMetrics } from "../../../src/metrics/index.ts";
import type { Moderator } from "../../../src/moderator.ts";
import { createLivePolicies, readPolicySet } from "../../../src/policies/index.ts";
import { type Bench, openBench } from "../../batch/harness.ts";
import { POLICIES, riskOf, SETTINGS } from "../../chat/chat-service.ts";
import { createFakeModerator } from "../../fake-moderator.ts";
import { createScriptedScorer } from "../../guard/scripted-scorer.ts";
import { policyText } from "../../policies/policy-directory.ts";
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

/** Opens one; nothing of it leaves this process but its folders. */
export async function openHostileService(): Promise<HostileService> {
	const bench = await openBench({ maxCharacters: 2000 });
	bench.work(1);
	const directory = join(bench.dir, "policies");
	await mkdir(directory);
	for (const { id } of POLICIES) await writeFile(join(directory, `${id}.yaml`), policyText(id));
	const initial = await readPolicySet(directory);
	const livePolicies = createLivePolicies({
		...{ directory, initial, log: createLog({ level: "silent" }) },
		check: async () => {},
		use: async () => {},
	});
	const fake = createFakeModerator({ policies: POLICIES, risk: riskOf, maxCharacters: 2000 });
	const moderator: Moderator = { ...fake, streams: createScriptedScorer(riskOf) };
	const metrics = createMetrics({ process: false });
	const chat = { sources: [SOURCE], settings: SETTINGS };
	const harness = createHarness({ moderator, batches: bench.batches, chat, livePolicies, metrics });
	return {
		...harness,
		bench,
		async close() {
			await livePolicies.close();
			await bench.close();
		},
	};
}
