/** Every route is sent texts in all the places it reads; none of them may stand in a log line or a metric. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createUpstreamSource } from "../../src/chat/index.ts";
import { SluiceError } from "../../src/errors.ts";
import { ROUTES } from "../../src/http/routes/index.ts";
import { createLog } from "../../src/log.ts";
import { createMetrics } from "../../src/metrics/index.ts";
import type { Moderator } from "../../src/moderator.ts";
import { createLivePolicies, readPolicySet } from "../../src/policies/index.ts";
import { openBench } from "../batch/harness.ts";
import { SETTINGS } from "../chat/chat-service.ts";
import { startUpstream } from "../chat/upstream-double.ts";
import { createFakeModerator } from "../fake-moderator.ts";
import { policyDirectory, policyText } from "../policies/policy-directory.ts";
import { createHarness } from "./harness.ts";

const SECRET = "verysecretwords";

/** A body with the text in every field that some route knows, and in one that none does. */
function bodyOf(text: string): object {
	return {
		...{ input: [text, { prompt: text, response: text }], model: text, policies: [text], user: text, [text]: text },
		...{ comment: { text }, requestedAttributes: { TOXICITY: {}, [text]: {} }, attributeScores: {} },
		...{ document: { type: "PLAIN_TEXT", content: text, languageCode: text }, text, categories: [text] },
		...{ messages: [{ role: "user", content: text }], prompt: text, stop: text, version: text, languages: [text] },
		...{ input_file_id: text, endpoint: text, completion_window: text, metadata: { [text]: text } },
	};
}

/** Everything that a process can have behind its routes; what any of it logs goes to the same lines. */
async function openAll(t: TestContext, moderator: Moderator, lines: string[]) {
	const upstream = await startUpstream();
	const bench = await openBench();
	const directory = await policyDirectory(t, { hate: policyText("hate", 0.9, { bad: SECRET }) });
	const log = createLog({ level: "debug", write: (line) => lines.push(line) });
	const initial = await readPolicySet(directory);
	const use = async (): Promise<void> => {};
	const livePolicies = createLivePolicies({ directory, initial, log, check: use, use });
	const { baseUrl } = upstream;
	const source = createUpstreamSource({ baseUrl, apiKey: SECRET, passesAuthorization: false, timeoutMs: 2000 });
	t.after(async () => {
		await livePolicies.close();
		await bench.close();
		await upstream.close();
	});
	const parts = { chat: { sources: [source], settings: SETTINGS }, batches: bench.batches, livePolicies, moderator };
	return { parts, bench };
}

/** Bodies that a route takes, beside those that it refuses. */
const TAKEN: Readonly<Record<string, object>> = {
	"/v1/classify": { input: SECRET },
	"/v1/moderations": { input: SECRET },
	"/v1/chat/completions": { model: "m", messages: [{ role: "user", content: SECRET }] },
	"/v1/completions": { model: "m", prompt: SECRET },
};

for (const fails of [false, true])
	test(`no text is logged or counted on any route${fails ? ", also where judging fails with its words" : ""}`, async (t) => {
		const metrics = createMetrics({ process: false });
		const before = (): void => {
			if (fails) throw new Error(SECRET, { cause: new SluiceError("internal", { detail: SECRET }) });
		};
		const moderator = metrics.measured(createFakeModerator({ before }));
		const lines: string[] = [];
		const { parts, bench } = await openAll(t, moderator, lines);
		const h = createHarness({ ...parts, metrics });
		const bodies = [bodyOf(SECRET), bodyOf("x"), SECRET, `{"input": "${SECRET}"`, [SECRET], null];
		const file = await bench.upload(`{"custom_id":"${SECRET}","body":{"input":"${SECRET}"}}`);
		let asked = 0;
		const statuses = new Set<number>();
		for (const { config } of ROUTES)
			for (const id of [SECRET, file, "hate"]) {
				const path = config.path.replaceAll(/\{\w+\}/g, id);
				const method = config.method.toUpperCase();
				const taken = TAKEN[config.path];
				for (const body of taken === undefined ? bodies : [taken, ...bodies]) {
					const text = typeof body === "string" ? body : JSON.stringify(body);
					const headers = {
						...{ authorization: `Bearer ${SECRET}`, "x-request-id": ` ${SECRET} ` },
						...{ "content-type": "application/json", "if-match": "*" },
					};
					const init = method === "GET" ? { method, headers } : { method, headers, body: text };
					const url = `${path}?key=${SECRET}&${SECRET}=1&api-version=2024-09-01`;
					const response = await h.app.request(url, init);
					await response.text();
					statuses.add(response.status);
					asked++;
				}
			}
		const logged = [...h.lines, ...lines, ...bench.lines].map((line) => line.replace(`"request_id":"${SECRET}"`, ""));
		assert.deepEqual(
			logged.filter((line) => line.includes(SECRET)),
			[],
			"but for the id, which is the caller's to choose",
		);
		assert.ok(!(await metrics.read()).includes(SECRET));
		assert.equal(h.lines.filter((line) => line.includes('"msg":"request"')).length, asked);
		for (const status of [200, 400, 404]) assert.ok(statuses.has(status), `${status} never came`);
	});
