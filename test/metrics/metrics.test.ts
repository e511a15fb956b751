import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SluiceError } from "../../src/errors.ts";
import type { GuardReport } from "../../src/guard/index.ts";
import { createMetricsApp } from "../../src/http/metrics-server.ts";
import { createMetrics, type Metrics } from "../../src/metrics/index.ts";
import { createFakeModerator } from "../fake-moderator.ts";
import { createHarness } from "../http/harness.ts";

/** Series without their values. */
async function seriesOf(metrics: Metrics): Promise<Set<string>> {
	const lines = (await metrics.read()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
	return new Set(lines.map((line) => line.replace(/ [^ ]+$/, "")));
}

async function readValue(metrics: Metrics, series: string): Promise<number | undefined> {
	const line = (await metrics.read()).split("\n").find((text) => text.startsWith(`${series} `));
	return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

/** The same numbers every time. */
function createRandom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		return state / 2 ** 32;
	};
}

function report(over: Partial<GuardReport> = {}): GuardReport {
	return {
		...{ mode: "hold", action: "block", reason: "policy", blocked: null, lastSafeOffset: 5, releasedCharacters: 5 },
		...{ leakedCharacters: 0, characters: 9, judgedCharacters: 9, tokens: 2, redactedCharacters: 0, flags: [] },
		...{ escalations: 0, failure: null, holdMs: { count: 2, mean: 10, p50: 10, p99: 20, max: 20 }, guardMs: 3 },
		...{ model: { id: "m", hash: "h" } },
		...over,
	};
}

describe("metrics", () => {
	it("do not grow by what callers send: paths, methods, policies, statuses, codes, ids", async () => {
		const metrics = createMetrics({ process: false });
		const moderator = metrics.measured(createFakeModerator());
		metrics.usePolicies(moderator.policies.map(({ id }) => id));
		const { app } = createHarness({ metrics, moderator });
		const random = createRandom(7);
		const word = (): string => Math.floor(random() * 2 ** 32).toString(36);
		const headers = { "content-type": "application/json" };
		const send = async (path: string, method: string, body: unknown): Promise<void> => {
			const hasBody = !["GET", "HEAD"].includes(method);
			const init = { method, headers: { ...headers, "x-request-id": word() }, body: JSON.stringify(body) };
			await (await app.request(path, hasBody ? init : { method })).text();
		};
		const round = async (): Promise<void> => {
			for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH", "BREW", `M${word().toUpperCase()}`]) {
				await send(`/${word()}`, method, {});
				await send(`/v1/files/${word()}`, method, {});
				await send(`/v1/policies/${word()}?${word()}=1`, method, {});
				await send(`/v1/batches/${word()}/cancel`, method, {});
				await send("/v1/classify", method, { input: word(), policies: [word()] });
				await send("/v1/classify", method, { input: word() });
				await send("/v1/moderations", method, { input: ["bad", word()], model: word() });
			}
			await moderator.moderate([word()]).catch(() => {});
			metrics.http.end({ route: "none", method: word(), status: random() * 1000, ms: 1, inputs: 1, characters: 1 });
			const unknown = { code: word() as never, detail: word(), unjudgedFrom: 0 };
			metrics.guarded(report({ failure: unknown }));
		};
		for (let i = 0; i < 3; i++) await round();
		const before = await seriesOf(metrics);
		for (let i = 0; i < 30; i++) await round();
		const grown = [...(await seriesOf(metrics))].filter((series) => !before.has(series));
		assert.deepEqual(grown, []);
		const labels = [...before].flatMap((series) => [...series.matchAll(/route="([^"]*)"/g)].map(([, route]) => route!));
		assert.ok(new Set(labels).size <= 40, String(new Set(labels).size));
		assert.ok(before.size < 1500, String(before.size));
	});
	it("count requests by the pattern of their route, method and status", async () => {
		const metrics = createMetrics({ process: false });
		const h = createHarness({ metrics });
		await h.post("/v1/classify", { input: ["bad", "good"] });
		await h.post("/v1/classify", { input: 1 });
		await h.app.request("/v1/files/file-1");
		const count = (route: string, method: string, status: number): Promise<number | undefined> =>
			readValue(metrics, `sluice_http_requests_total{route="${route}",method="${method}",status="${status}"}`);
		assert.equal(await count("/v1/classify", "POST", 200), 1);
		assert.equal(await count("/v1/classify", "POST", 400), 1);
		assert.equal(await count("/v1/files/{file_id}", "GET", 501), 1);
		assert.equal(await readValue(metrics, "sluice_inputs_total"), 2);
		assert.equal(await readValue(metrics, "sluice_input_characters_total"), 7);
		assert.equal(await readValue(metrics, "sluice_http_requests_in_flight"), 0);
		const text = await (await h.app.request("/metrics")).text();
		assert.match(
			text,
			/^sluice_http_request_duration_seconds_bucket\{le="0\.001",route="\/v1\/classify",method="POST"\} /m,
		);
	});
	it("count risks and actions per policy, and failures by what followed", async () => {
		const metrics = createMetrics({ process: false });
		let fails = false;
		const moderator = metrics.measured(
			createFakeModerator({
				before() {
					if (fails) throw new SluiceError("overloaded", { detail: "full" });
				},
			}),
		);
		metrics.usePolicies(["hate", "any"]);
		await moderator.moderate(["bad", "good", "good"]);
		fails = true;
		await assert.rejects(moderator.moderate(["bad"]));
		assert.equal(await readValue(metrics, 'sluice_actions_total{policy="hate",action="block"}'), 1);
		assert.equal(await readValue(metrics, 'sluice_actions_total{policy="hate",action="allow"}'), 2);
		assert.equal(await readValue(metrics, 'sluice_risk_bucket{le="0.01",policy="hate"}'), 2);
		assert.equal(await readValue(metrics, 'sluice_risk_count{policy="hate"}'), 3);
		assert.equal(await readValue(metrics, 'sluice_judge_texts_bucket{le="4"}'), 1);
		assert.equal(await readValue(metrics, 'sluice_failures_total{reason="overloaded",consequence="error"}'), 1);
	});
	it("tell an action that a policy declares from one that a score gave", async () => {
		const metrics = createMetrics({ process: false });
		const plain = createFakeModerator();
		const without = Object.assign(createFakeModerator(), {
			moderate: async (contents: readonly string[]) =>
				(await plain.moderate(contents)).map((verdict) => ({
					...verdict,
					policies: verdict.policies.map((of) => ({
						...{ ...of, risk: null, action: "block" as const },
						decision: { ...of.decision, instead: { action: "block" as const, reason: "failed" as const } },
					})),
				})),
		});
		metrics.usePolicies(["hate"]);
		await metrics.measured(without).moderate(["good"]);
		assert.equal(await readValue(metrics, 'sluice_failures_total{reason="failed",consequence="block"}'), 4);
		assert.equal(await readValue(metrics, 'sluice_risk_count{policy="hate"}'), 0);
	});
	it("drop the series of policies that are no more, and have those of new ones at once", async () => {
		const metrics = createMetrics({ process: false });
		metrics.usePolicies(["hate", "rude"]);
		metrics.usePolicies(["hate", "spam"]);
		const series = [...(await seriesOf(metrics))];
		assert.ok(!series.some((name) => name.includes('"rude"')));
		assert.equal(await readValue(metrics, 'sluice_actions_total{policy="spam",action="block"}'), 0);
	});
	it("count guarded streams: ends, hold times, what leaked, what could not be judged", async () => {
		const metrics = createMetrics({ process: false });
		metrics.guarded(report({ leakedCharacters: 3, mode: "lag" }));
		const failure = { code: "inference_failed", detail: "", unjudgedFrom: 0 } as const;
		metrics.guarded(report({ reason: "failure", failure }));
		metrics.guarded(report({ reason: "complete", action: "allow", failure }));
		const streams = 'sluice_guard_streams_total{mode="lag",action="block",reason="policy"}';
		assert.equal(await readValue(metrics, streams), 1);
		assert.equal(await readValue(metrics, 'sluice_guard_characters_total{fate="leaked"}'), 3);
		assert.equal(await readValue(metrics, 'sluice_guard_hold_seconds_bucket{le="0.01",mode="lag"}'), 1);
		for (const consequence of ["block", "pass"]) {
			const name = `sluice_guard_failures_total{reason="inference_failed",consequence="${consequence}"}`;
			assert.equal(await readValue(metrics, name), 1);
		}
	});
	it("count what was taken back of streams, by what became of them", async () => {
		const metrics = createMetrics({ process: false });
		const finding = { policy: "p", risk: 0.9, threshold: 0.8, end: 5 };
		const rewind = (tokens: number) => ({ type: "rewind", ...finding, kept: 1, tokens, forbidden: 7 }) as const;
		metrics.guarded(report({ action: "allow", reason: "complete", rewinds: [rewind(2), rewind(3)] }));
		metrics.guarded(report({ action: "block", rewinds: [rewind(1)] }));
		assert.equal(await readValue(metrics, 'sluice_guard_rewinds_total{action="allow"}'), 2);
		assert.equal(await readValue(metrics, 'sluice_guard_rewinds_total{action="block"}'), 1);
		assert.equal(await readValue(metrics, "sluice_guard_taken_back_tokens_total"), 6);
	});
	it("have the engine's runs, the queue, the event loop and the process", async () => {
		const metrics = createMetrics();
		metrics.ran({ rows: 8, tokens: 100, ms: 4 });
		metrics.watchLoad(() => ({ queued: 5, running: 2 }));
		assert.equal(await readValue(metrics, 'sluice_inference_batch_rows_bucket{le="8"}'), 1);
		assert.equal(await readValue(metrics, 'sluice_inference_duration_seconds_bucket{le="0.0025"}'), 0);
		assert.equal(await readValue(metrics, "sluice_inference_tokens_total"), 100);
		assert.equal(await readValue(metrics, 'sluice_queue_texts{state="queued"}'), 5);
		for (const name of [
			"nodejs_eventloop_lag_p99_seconds",
			"process_resident_memory_bytes",
			"process_cpu_seconds_total",
		])
			assert.notEqual(await readValue(metrics, name), undefined, name);
	});
	it("answer on a port of their own with nothing else", async () => {
		const app = createMetricsApp(createMetrics({ process: false }));
		const ask = (path: string, method = "GET"): Promise<Response> =>
			app.fetch(new Request(`http://127.0.0.1${path}`, { method }));
		assert.match(await (await ask("/metrics")).text(), /^# HELP sluice_http_requests_total /m);
		assert.equal((await ask("/healthz")).status, 200);
		assert.equal((await ask("/v1/classify", "POST")).status, 405);
		assert.equal((await ask("/v1/classify")).status, 404);
	});
	it("are not shown on a port that others can reach", async () => {
		const response = await createHarness().app.request("/metrics");
		assert.equal(response.status, 501);
		assert.match((await response.json()).detail, /SLUICE_METRICS_PORT/);
	});
});
