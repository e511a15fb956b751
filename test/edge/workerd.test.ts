/** The edge in Cloudflare's own runtime (workerd, by wrangler's test harness) before a real gateway on loopback. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import OpenAI, { AuthenticationError } from "openai";
import { SERVICE_TOKEN_HEADER, signServiceToken } from "../../src/http/service-token.ts";
import { says, startUpstream, type UpstreamDouble } from "../chat/upstream-double.ts";
import {
	buildEdge,
	checkWorkerd,
	EDGE_SECRET,
	type FaultProxy,
	makeKey,
	startEdge,
	startFaultProxy,
	startOrigin,
	startWorkerd,
	type TestEdge,
	type TestOrigin,
} from "./edge-harness.ts";

const root = join(import.meta.dirname, "../..");
const shipped = existsSync(join(root, "models/sluice-guard/model.safetensors"));
const skip = shipped ? checkWorkerd() : "models/sluice-guard is not there";

const HARM = "You people are vermin and should be wiped off the face of the earth.";
const SAFE = "Bake the bread for 40 minutes and let it rest. ";
/** Longest message of a queue holds about 500 lines; these make ten messages and the end. */
const LINES = 5_000;
const REDELIVERIES = 2;

const user = makeKey();
const admin = makeKey({ scopes: ["admin", "moderate", "review"] });
const acme = makeKey({ tenant: "acme", grant: { policies: ["hate"] } });

describe("the edge in workerd", { skip, timeout: 300_000 }, () => {
	const policies = mkdtempSync(join(tmpdir(), "sluice-test-"));
	let upstream: UpstreamDouble;
	let origin: TestOrigin;
	let proxy: FaultProxy;
	let edge: TestEdge;
	const bundle = mkdtempSync(join(tmpdir(), "sluice-test-"));

	before(async () => {
		await buildEdge(bundle);
		cpSync(join(root, "policies"), policies, { recursive: true });
		upstream = await startUpstream();
		origin = await startOrigin({
			...{ SLUICE_POLICIES: policies, SLUICE_UPSTREAM_BASE_URL: upstream.baseUrl, SLUICE_UPSTREAM_PASS_KEY: "1" },
			SLUICE_CHAT_HEARTBEAT_MS: "200",
		});
		proxy = await startFaultProxy(origin);
		edge = await startEdge({ SLUICE_ORIGIN: proxy.url, SLUICE_CACHE_SECONDS: "60" }, [user, admin, acme]);
	});
	after(async () => {
		await edge?.close();
		await proxy?.close();
		await origin?.close();
		await upstream?.close();
		for (const folder of [policies, bundle]) rmSync(folder, { recursive: true, force: true });
	});

	const send = (
		path: string,
		of: { key?: string; body?: unknown; headers?: Record<string, string>; method?: string } = {},
	) =>
		fetch(edge.url + path, {
			method: of.method ?? (of.body === undefined ? "GET" : "POST"),
			headers: {
				authorization: `Bearer ${of.key ?? user.secret}`,
				...(of.body !== undefined && { "content-type": "application/json" }),
				...of.headers,
			},
			...(of.body !== undefined && { body: typeof of.body === "string" ? of.body : JSON.stringify(of.body) }),
		});
	/** The same request to the gateway behind, past the edge. */
	const sendBehind = (path: string, body: unknown) =>
		fetch(origin.url + path, {
			method: "POST",
			headers: {
				"content-type": "application/json",
				[SERVICE_TOKEN_HEADER]: signServiceToken(
					EDGE_SECRET,
					{ method: "POST", path },
					{ caller: undefined, nowMs: Date.now() },
				),
			},
			body: JSON.stringify(body),
		});
	const count = (path: string): number => proxy.seen.filter((request) => request.path === path).length;

	it("is at most 1 MB compressed, and holds nothing of engine, queue or records", (t) => {
		const code = readFileSync(join(bundle, "edge.js"));
		const bytes = gzipSync(code).byteLength;
		t.diagnostic(JSON.stringify({ bytes: code.byteLength, gzipBytes: bytes }));
		assert.ok(bytes <= 1_000_000);
		assert.doesNotMatch(code.toString(), /InferenceSession|node:sqlite|node:worker_threads|EVALSHA/);
	});

	it("answers every format of judging as the gateway behind does", async () => {
		const comment = { comment: { text: HARM }, requestedAttributes: { TOXICITY: {}, THREAT: {} } };
		const document = { document: { type: "PLAIN_TEXT", content: HARM } };
		const bodies: [string, unknown][] = [
			["/v1/moderations", { input: [HARM, SAFE] }],
			["/v1/classify", { input: [HARM, { prompt: "Hi", response: SAFE }] }],
			["/v1alpha1/comments:analyze", comment],
			["/v1/documents:moderateText", document],
			["/v2/documents:moderateText", document],
			["/contentsafety/text:analyze?api-version=2024-09-01", { text: HARM }],
		];
		const strip = (value: unknown): string =>
			JSON.stringify(value, (name, inner: unknown) =>
				["id", "ms", "latency_ms"].includes(name) && inner !== null ? 0 : inner,
			);
		for (const [path, body] of bodies) {
			const [here, behind] = await Promise.all([send(path, { body }), sendBehind(path, body)]);
			assert.deepEqual([here.status, behind.status], [200, 200], path);
			assert.equal(strip(await here.json()), strip(await behind.json()), path);
		}
		for (const path of ["/healthz", "/readyz", "/openapi.json", "/v1/policies", "/v1/batches", "/v1/files"])
			assert.equal((await send(path)).status, 200, path);
	});

	it("serves the official openai client, and refuses bad requests without asking the gateway", async () => {
		const client = new OpenAI({ apiKey: user.secret, baseURL: `${edge.url}/v1`, maxRetries: 0 });
		const { results } = await client.moderations.create({ input: [HARM, SAFE] });
		assert.deepEqual(
			results.map(({ flagged }) => flagged),
			[true, false],
		);
		const stranger = new OpenAI({ apiKey: makeKey().secret, baseURL: `${edge.url}/v1`, maxRetries: 0 });
		const asked = proxy.seen.length;
		await assert.rejects(stranger.moderations.create({ input: HARM }), AuthenticationError);
		const refusals: [number, Parameters<typeof send>[1]][] = [
			[400, { body: "{" }],
			[400, { body: { input: 7 } }],
			[413, { body: { input: "x".repeat(1_100_000) } }],
			[415, { body: "x", headers: { "content-type": "text/plain" } }],
			[405, { method: "DELETE" }],
			[401, { body: { input: SAFE }, headers: { authorization: "" } }],
		];
		for (const [status, of] of refusals) {
			const answer = await send("/v1/moderations", of);
			assert.equal(answer.status, status);
			const problem = (await answer.json()) as { type: string };
			assert.match(problem.type, /^urn:sluice:error:/);
			assert.match(answer.headers.get("content-type") ?? "", /^application\/problem\+json/);
		}
		assert.equal(proxy.seen.length, asked, "the gateway behind has seen none of these");
	});

	it("keeps keys to itself: the gateway sees a service token, and whose request it is", async () => {
		proxy.seen.length = 0;
		await send("/v1/files", { key: acme.secret });
		await fetch(`${edge.url}/v1/files?key=${acme.secret}`);
		await send("/v1/classify", { key: acme.secret, body: { input: "whose text is this" } });
		assert.equal(proxy.seen.length >= 3, true);
		for (const { headers, path, body } of proxy.seen) {
			assert.equal(JSON.stringify([headers, path, body]).includes("sluice_"), false, path);
			const claims = String(headers[SERVICE_TOKEN_HEADER]).split(".")[1]!;
			const { caller } = JSON.parse(Buffer.from(claims, "base64url").toString());
			if (!path.startsWith("/edge/manifest")) assert.equal(caller.tenant, "acme");
		}
	});

	it("judges by the key's policies", async () => {
		const answer = await send("/v1/classify", { key: acme.secret, body: { input: HARM } });
		const { results } = (await answer.json()) as { results: { policies: { policy: string }[] }[] };
		assert.deepEqual(
			results[0]!.policies.map(({ policy }) => policy),
			["hate"],
		);
	});

	it("takes no service token from outside, and the gateway none that is forged, expired or for another request", async () => {
		const path = "/v1/moderations";
		const token = (secret: string, of: { path?: string; nowMs?: number } = {}): Record<string, string> => ({
			authorization: "",
			[SERVICE_TOKEN_HEADER]: signServiceToken(
				secret,
				{ method: "POST", path: of.path ?? path },
				{ caller: undefined, nowMs: of.nowMs ?? Date.now() },
			),
		});
		assert.equal((await send(path, { body: { input: SAFE }, headers: token(EDGE_SECRET) })).status, 401);
		assert.equal((await send("/edge/manifest", { headers: token(EDGE_SECRET) })).status, 401);
		const behind = (headers: Record<string, string>): Promise<Response> =>
			fetch(origin.url + path, {
				method: "POST",
				headers: { ...headers, "content-type": "application/json" },
				body: JSON.stringify({ input: SAFE }),
			});
		const statuses = [];
		for (const headers of [
			token(EDGE_SECRET),
			token("another-secret-of-the-same-length-or-so"),
			token(EDGE_SECRET, { nowMs: Date.now() - 61_000 }),
			token(EDGE_SECRET, { nowMs: Date.now() + 120_000 }),
			token(EDGE_SECRET, { path: "/v1/classify" }),
		])
			statuses.push((await behind(headers)).status);
		assert.deepEqual(statuses, [200, 401, 401, 401, 401]);
	});

	it("remembers a verdict until the policies change", async () => {
		const body = { input: "is this remembered" };
		const ask = async (): Promise<number> => {
			const before = count("/edge/verdicts");
			assert.equal((await send("/v1/moderations", { body })).status, 200);
			return count("/edge/verdicts") - before;
		};
		assert.deepEqual([await ask(), await ask(), await ask()], [1, 0, 0]);
		assert.equal((await send("/v1/classify", { body })).status, 200);
		const shown = await send("/v1/policies/profanity", { key: admin.secret });
		const { text } = (await shown.json()) as { text: string };
		const put = await fetch(`${edge.url}/v1/policies/profanity`, {
			method: "PUT",
			headers: {
				authorization: `Bearer ${admin.secret}`,
				"content-type": "application/yaml",
				"if-match": shown.headers.get("etag") ?? "",
			},
			body: text.replace(/flag: [\d.]+/, "flag: 0.95").replace(/block: [\d.]+/, "block: 0.97"),
		});
		assert.equal(put.status, 200, await put.text());
		// what nobody remembers is asked for, refused once because the edge knows the old policies, then asked for by the new
		const changed = await send("/v1/moderations", { body: { input: "something new" } });
		assert.deepEqual([changed.status, changed.headers.get("retry-after")], [503, "1"]);
		assert.deepEqual([await ask(), await ask()], [1, 0]);
	});

	it("streams chats as they come, heartbeats included, and cuts them at the gateway when the client leaves", async () => {
		let goOn = (): void => {};
		upstream.use(async ({ stream, event, done }) => {
			stream();
			for (let i = 0; i < 3; i++) {
				await event({ choices: [{ index: 0, delta: { content: SAFE } }] }, { isWhole: true });
				await new Promise<void>((resolve) => {
					goOn = resolve;
				});
			}
			await done();
		});
		// the proxy of wrangler's harness lets answers go on whose client has left: the same bundle, in workerd alone
		const bare = await startWorkerd(bundle, { SLUICE_ORIGIN: proxy.url }, [user]);
		try {
			const answer = await fetch(`${bare.url}/v1/chat/completions`, {
				method: "POST",
				headers: { authorization: `Bearer ${user.secret}`, "content-type": "application/json" },
				body: JSON.stringify({ model: "any", stream: true, messages: [{ role: "user", content: "How do I bake?" }] }),
			});
			assert.equal(answer.status, 200);
			const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
			let text = "";
			const readUntil = async (wanted: string): Promise<void> => {
				while (!text.includes(wanted)) {
					const { done, value } = await reader.read();
					assert.equal(done, false, text);
					text += value;
				}
				text = text.slice(text.indexOf(wanted) + wanted.length);
			};
			// each comes before the next is sent: nothing on the way waits for more
			await readUntil("Bake");
			await readUntil(": "); // a heartbeat, while the upstream says nothing
			goOn();
			await readUntil("Bake");
			const seen = upstream.seen.at(-1)!;
			await reader.cancel();
			await seen.closed;
			assert.equal(seen.isWhole, false);
			assert.equal(proxy.aborted.includes("/v1/chat/completions"), true);
		} finally {
			await bare.close();
		}
	});

	it("a caller who leaves while the gateway is asked what it judges by holds up nobody after", async () => {
		let isStuck = true;
		let reached = (): void => {};
		const asked = new Promise<void>((resolve) => {
			reached = resolve;
		});
		const stuck = createServer((request, answer) => {
			request.resume(); // an answer before its request is over
			if (isStuck) return reached();
			if (request.url !== "/edge/manifest")
				answer.setHeader("set-cookie", ["a=1", "b=2"]).setHeader("content-type", "text/plain");
			answer.statusCode = request.method === "POST" ? 415 : 200;
			answer.end(request.url);
		});
		stuck.listen(0, "127.0.0.1");
		await once(stuck, "listening");
		const { port } = stuck.address() as AddressInfo;
		const bare = await startWorkerd(bundle, { SLUICE_ORIGIN: `http://127.0.0.1:${port}` }, [user]);
		try {
			const headers = { authorization: `Bearer ${user.secret}` };
			const leaving = new AbortController();
			const left = fetch(`${bare.url}/v1/files`, { headers, signal: leaving.signal }).catch(() => {});
			await asked;
			leaving.abort();
			await left;
			isStuck = false;
			for (const method of ["GET", "HEAD", "POST"]) {
				const body = method === "POST" ? { body: new Uint8Array(5_000_000) } : {};
				const answer = await fetch(`${bare.url}/v1/files`, { method, headers, ...body });
				assert.deepEqual(
					[answer.status, answer.headers.getSetCookie()],
					[method === "POST" ? 415 : 200, ["a=1", "b=2"]],
				);
				assert.equal(await answer.text(), method === "HEAD" ? "" : "/v1/files");
			}
		} finally {
			await bare.close();
			stuck.closeAllConnections();
			stuck.close();
		}
	});

	it("passes a model's key on, which is none of ours", async () => {
		upstream.use(says(SAFE));
		const body = { model: "any", messages: [{ role: "user", content: "Hi" }] };
		const headers = { "x-api-key": user.secret, authorization: "Bearer sk-of-the-model" };
		const answer = await send("/v1/chat/completions", { body, headers });
		assert.equal(answer.status, 200);
		assert.equal(upstream.seen.at(-1)!.headers.authorization, "Bearer sk-of-the-model");
	});

	it("reads no faster than the client: an upload and a download pass through whole", async () => {
		const content =
			`${JSON.stringify({ custom_id: "a", method: "POST", url: "/v1/moderations", body: { input: "x".repeat(60_000) } })}\n`.repeat(
				200,
			);
		const form = new FormData();
		form.append("purpose", "batch");
		form.append("file", new File([content], "lines.jsonl"));
		const uploaded = await fetch(`${edge.url}/v1/files`, {
			method: "POST",
			headers: { authorization: `Bearer ${user.secret}` },
			body: form,
		});
		assert.equal(uploaded.status, 200);
		const { id, bytes } = (await uploaded.json()) as { id: string; bytes: number };
		assert.equal(bytes, content.length);
		assert.equal(await (await send(`/v1/files/${id}/content`)).text(), content);
		assert.equal((await send(`/v1/files/${id}`, { method: "DELETE" })).status, 200);
	});

	it(`a batch of ${LINES} lines, each message delivered ${REDELIVERIES} times too often, gives ${LINES} results, each once`, async (t) => {
		const deliveries = new Map<string, number>();
		proxy.fault = ({ path, body }) => {
			if (path !== "/edge/lines") return undefined;
			const times = (deliveries.get(body) ?? 0) + 1;
			deliveries.set(body, times);
			return times <= REDELIVERIES ? 503 : undefined; // the gateway has taken it by then
		};
		const lines = Array.from({ length: LINES }, (_, i) =>
			JSON.stringify({
				custom_id: `line-${i}`,
				method: "POST",
				url: "/v1/moderations",
				body: { input: `number ${i}` },
			}),
		);
		const taken = await send("/v1/batches?endpoint=/v1/moderations", {
			body: lines.join("\n"),
			headers: { "content-type": "application/jsonl" },
		});
		const batch = (await taken.json()) as { id: string; status: string };
		assert.deepEqual([taken.status, batch.status], [200, "validating"]);
		const finished = await untilOver(batch.id);
		proxy.fault = undefined;
		assert.deepEqual(finished.request_counts, { total: LINES, completed: LINES, failed: 0 });
		const output = await (await send(`/v1/files/${finished.output_file_id}/content`)).text();
		const ids = output
			.trim()
			.split("\n")
			.map((line) => (JSON.parse(line) as { custom_id: string }).custom_id);
		assert.deepEqual([ids.length, new Set(ids).size], [LINES, LINES]);
		const times = [...deliveries.values()];
		assert.ok(deliveries.size > LINES / 500 && Math.min(...times) > REDELIVERIES, String(times));
		t.diagnostic(
			JSON.stringify({
				lines: LINES,
				messages: deliveries.size,
				deliveries: times.reduce((a, b) => a + b),
				results: ids.length,
				repeated: 0,
			}),
		);
		const others = await send(`/v1/batches/${batch.id}`, { key: acme.secret });
		assert.equal(others.status, 404, "another tenant's batch");
	});

	interface Batch {
		readonly status: string;
		readonly output_file_id: string;
		readonly request_counts: object;
	}
	const untilOver = async (id: string): Promise<Batch> => {
		for (;;) {
			const answer = await send(`/v1/batches/${id}`);
			assert.equal(answer.status, 200);
			const batch = (await answer.json()) as Batch;
			if (["completed", "failed", "expired"].includes(batch.status)) return batch;
			await sleep(200);
		}
	};

	it("without the gateway: refuses and says when to come again, takes lines, and goes on when it is back", async () => {
		await origin.stop();
		const refused = await send("/v1/moderations", { body: { input: "nobody can judge this" } });
		assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "5"]);
		assert.equal((await send("/readyz")).status, 503);
		assert.equal((await send("/healthz")).status, 200);
		assert.equal((await send("/v1/files")).status, 503);
		const line = JSON.stringify({ custom_id: "a", method: "POST", url: "/v1/moderations", body: { input: SAFE } });
		const taken = await send("/v1/batches", { body: line, headers: { "content-type": "application/x-ndjson" } });
		const { id } = (await taken.json()) as { id: string };
		assert.equal(taken.status, 200);
		await sleep(2_000); // deliveries fail meanwhile
		await origin.start();
		assert.equal((await send("/v1/moderations", { body: { input: "somebody can" } })).status, 200);
		assert.deepEqual((await untilOver(id)).request_counts, { total: 1, completed: 1, failed: 0 });
	});

	it("lines that are none, too long or no UTF-8 are refused naming the line", async () => {
		const headers = { "content-type": "application/jsonl" };
		for (const [body, status, says] of [
			["\n\n", 400, /no lines/],
			[`{}\n${"x".repeat(100_000)}`, 413, /^line 2 is longer/],
		] as const) {
			const answer = await send("/v1/batches", { body, headers });
			const { detail } = (await answer.json()) as { detail: string };
			assert.equal(answer.status, status);
			assert.match(detail, says);
		}
		const answer = await fetch(`${edge.url}/v1/batches`, {
			method: "POST",
			headers: { ...headers, authorization: `Bearer ${user.secret}` },
			body: new Uint8Array([0x7b, 0xff, 0x7d]),
		});
		assert.equal(answer.status, 400);
	});
});

describe("an edge whose settings declare a consequence", { skip, timeout: 120_000 }, () => {
	it("gives that action, with no risk, while the gateway is away", async () => {
		const origin = await startOrigin();
		const edge = await startEdge({ SLUICE_ORIGIN: origin.url, SLUICE_ON_FAILURE: "block" }, [user]);
		try {
			const ask = async (): Promise<{ action: string; risk: number | null }> => {
				const answer = await fetch(`${edge.url}/v1/classify`, {
					method: "POST",
					headers: { authorization: `Bearer ${user.secret}`, "content-type": "application/json" },
					body: JSON.stringify({ input: SAFE }),
				});
				assert.equal(answer.status, 200);
				const { results } = (await answer.json()) as { results: { action: string; risk: number | null }[] };
				return results[0]!;
			};
			assert.equal((await ask()).action, "allow");
			await origin.stop();
			const declared = await ask();
			assert.deepEqual([declared.action, declared.risk], ["block", null]);
		} finally {
			await edge.close();
			await origin.close();
		}
	});
});
