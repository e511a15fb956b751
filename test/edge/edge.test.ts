/** The whole edge but its runtime: its app over a gateway's app, with nothing between them but `fetch`. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createEdgeBatchId } from "../../src/edge/batch-id.ts";
import { createEdge, type Edge, type EdgeEnv, toFailure } from "../../src/edge/index.ts";
import { createRateLimits } from "../../src/http/rate-limit.ts";
import { createServiceTokens, SERVICE_TOKEN_HEADER } from "../../src/http/service-token.ts";
import { createSecret, hashSecret, toHashedRow } from "../../src/keys/index.ts";
import { fakePolicy } from "../fake-moderator.ts";
import { createHarness, type HarnessOptions } from "../http/harness.ts";
import { createKeptLog, SECRET } from "./fake-parts.ts";

const { id, secret: KEY } = createSecret();
const KEYS = JSON.stringify({
	keys: [
		toHashedRow({
			hash: hashSecret(KEY),
			key: {
				...{ id, name: "test", tenant: "acme", scopes: ["moderate", "batch"], expiresMs: null, grant: {} },
				...{ limits: { requestsPerMinute: null, charactersPerMinute: null }, createdMs: 0, revokedMs: null },
			},
		}),
	],
});
const URL_OF_EDGE = "https://edge.example";
const ENV: EdgeEnv = { SLUICE_ORIGIN: "http://origin.example", SLUICE_EDGE_SECRET: SECRET, SLUICE_KEYS: KEYS };

type Fetch = (request: Request) => Promise<Response> | Response;

interface Opened {
	readonly edge: Edge;
	readonly lines: string[];
	/** What the origin was asked. */
	readonly asked: Request[];
	send(path: string, init?: RequestInit): Promise<Response>;
	judge(text: string): Promise<Response>;
}

function open(origin: Fetch, env: Partial<EdgeEnv> = {}): Opened {
	const { log, lines } = createKeptLog();
	const asked: Request[] = [];
	const edge = createEdge(
		{ ...ENV, ...env },
		{
			log,
			async fetch(input, init) {
				const request = new Request(input as string, init);
				asked.push(request);
				return origin(request);
			},
		},
	);
	const send = (path: string, init: RequestInit = {}): Promise<Response> =>
		edge.fetch(
			new Request(URL_OF_EDGE + path, { ...init, headers: { authorization: `Bearer ${KEY}`, ...init.headers } }),
		);
	const judge = (text: string): Promise<Response> =>
		send("/v1/moderations", {
			...{ method: "POST", body: JSON.stringify({ input: text }), headers: { "content-type": "application/json" } },
		});
	return { edge, lines, asked, send, judge };
}

/** A gateway that takes this edge's tokens. */
function createGateway(
	of: Parameters<typeof createHarness>[0] & HarnessOptions = {},
): ReturnType<typeof createHarness> {
	const access = {
		...{ keys: { find: () => undefined, hasKeys: () => true }, limits: createRateLimits(), isRequired: true },
		services: createServiceTokens([SECRET]),
	};
	return createHarness({ access, ...of });
}

describe("an edge", () => {
	it("hands an answer's headers on as they are, every cookie and limit among them, and its own request id", async () => {
		const headers: [string, string][] = [
			["set-cookie", "a=1; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT"],
			["set-cookie", "b=2"],
			["ratelimit", '"requests";r=9;t=60'],
			["ratelimit-policy", '"requests";q=10;w=60'],
			["x-ratelimit-limit-requests", "10"],
			["retry-after", "7"],
			["connection", "close"],
			["x-request-id", "of-the-origin"],
		];
		const { send } = open(() => new Response('{"error":{}}', { status: 429, headers }));
		const answer = await send("/v1/files", { headers: { "x-request-id": "of-the-caller" } });
		assert.equal(answer.status, 429);
		assert.deepEqual(answer.headers.getSetCookie(), [headers[0]![1], "b=2"]);
		for (const [name, value] of headers.slice(2, 6)) assert.equal(answer.headers.get(name), value);
		assert.deepEqual([answer.headers.get("connection"), answer.headers.get("x-request-id")], [null, "of-the-caller"]);
	});

	it("asks HEAD as HEAD, and gives its answer without a body", async () => {
		const { send, asked } = open(() => new Response(null, { headers: { "x-some": "header" } }));
		const answer = await send("/v1/files", { method: "HEAD" });
		assert.deepEqual([answer.status, await answer.text(), answer.headers.get("x-some")], [200, "", "header"]);
		assert.deepEqual(
			asked.map(({ method, url }) => `${method} ${new URL(url).pathname}`),
			["GET /edge/manifest", "HEAD /v1/files"],
		);
	});

	it("keeps a length that is known, and a body whose length is not goes on as it comes", async () => {
		const { send, asked } = open(() => Response.json({}));
		const headers = { "content-type": "application/json", "content-length": "2" };
		await send("/v1/batches", { method: "POST", body: "{}", headers });
		assert.equal(asked.at(-1)!.headers.get("content-length"), "2");
		const body = new ReadableStream({
			start(controller) {
				controller.enqueue(new TextEncoder().encode("{}"));
				controller.close();
			},
		});
		await send("/v1/batches", {
			method: "POST",
			body,
			duplex: "half",
			headers: { "content-type": "text/x" },
		} as RequestInit);
		assert.equal(asked.at(-1)!.headers.get("content-length"), null);
		assert.equal(await asked.at(-1)!.text(), "{}");
	});

	it("answers before a body has come whole where the origin does, and lets go of the rest", async () => {
		let cancelled = false;
		const body = new ReadableStream({
			pull: (controller) => controller.enqueue(new Uint8Array(1_000)),
			cancel() {
				cancelled = true;
			},
		});
		const { send } = open(async (request) => {
			if (request.method === "GET") return new Response("{}");
			await request.body?.cancel();
			return Response.json({ error: {} }, { status: 413 });
		});
		const init = { method: "POST", body, duplex: "half", headers: { "content-type": "multipart/form-data" } };
		assert.equal((await send("/v1/files", init as RequestInit)).status, 413);
		assert.equal(cancelled, true);
	});

	it("before it knows what its origin judges by refuses what would be judged, and passes the rest on", async () => {
		const { send, judge } = open((request) =>
			request.url.endsWith("/edge/manifest") ? new Response("away", { status: 502 }) : Response.json({ fine: true }),
		);
		const refused = await judge("fine");
		assert.deepEqual([refused.status, refused.headers.get("retry-after")], [503, "3"]);
		assert.deepEqual(await (await send("/v1/files")).json(), { fine: true });
		assert.equal((await send("/healthz")).status, 200);
	});

	it("while policies change gives verdicts by the old or the new ones, or says to ask again; never one by both", async () => {
		const of = (flag: number): ReturnType<typeof createGateway> => {
			const policy = fakePolicy("hate", ["hate"]);
			return createGateway({ policies: [{ ...policy, thresholds: { ...policy.thresholds, flag } }], risk: () => 0.6 });
		};
		const [before, now] = [of(0.5), of(0.7)];
		let current = before;
		let hold: Promise<void> | undefined;
		const { judge } = open(async (request) => {
			const { app } = current;
			await hold;
			return app.request(request);
		});
		const flagged = async (answer: Response): Promise<boolean> => {
			assert.equal(answer.status, 200);
			return ((await answer.json()) as { results: { flagged: boolean }[] }).results[0]!.flagged;
		};
		assert.equal(await flagged(await judge("fine")), true);
		let release = (): void => {};
		hold = new Promise((resolve) => (release = resolve));
		const underWay = judge("begun before");
		await new Promise((resolve) => setImmediate(resolve));
		current = now;
		const late = [judge("a"), judge("b")];
		release();
		hold = undefined;
		assert.equal(await flagged(await underWay), true, "judged by the old ones, read by the old ones");
		for (const answer of await Promise.all(late))
			assert.deepEqual([answer.status, answer.headers.get("retry-after")], [503, "1"]);
		assert.equal(await flagged(await judge("c")), false);
	});

	it("shows a batch that the origin does not know yet as one that waits, to its tenant, for a week", async () => {
		const { send } = open(() => Response.json({ error: {} }, { status: 404 }));
		const show = async (batch: string): Promise<[number, unknown]> => {
			const answer = await send(`/v1/batches/${batch}`);
			return [answer.status, ((await answer.json()) as { status?: unknown }).status];
		};
		const day = 24 * 60 * 60 * 1000;
		assert.deepEqual(await show(createEdgeBatchId(SECRET, "acme", Date.now())), [200, "validating"]);
		assert.deepEqual(await show(createEdgeBatchId(SECRET, "acme", Date.now() - 6.9 * day)), [200, "validating"]);
		assert.deepEqual(await show(createEdgeBatchId(SECRET, "acme", Date.now() - 7.1 * day)), [404, undefined]);
		assert.deepEqual(await show(createEdgeBatchId(SECRET, "other", Date.now())), [404, undefined]);
		assert.deepEqual(await show(`batch_${"0".repeat(48)}`), [404, undefined]);
	});

	it("logs nothing that a user wrote, wherever it was written and whatever fails", async () => {
		const text = "Geheimnis";
		const origins: Fetch[] = [
			(request) => createGateway().app.request(request),
			() => new Response(text, { status: 500 }),
			() => Response.json({ error: { code: text, message: text }, detail: text }, { status: 500 }),
			() => new Response(`{"${text}": `),
			() => {
				throw new TypeError(`fetch failed: ${text}`);
			},
		];
		const queue = {
			send: async (): Promise<never> => {
				throw new Error(text);
			},
		};
		for (const origin of origins) {
			const { send, judge, edge, lines } = open(origin, { LINES: queue });
			const body = JSON.stringify({ input: text, [text]: text });
			const headers = { "content-type": "application/json", "x-some": text, cookie: text, "x-request-id": `${text} !` };
			await judge(text);
			for (const path of [
				`/v1/moderations?q=${text}`,
				`/${text}`,
				`/v1/files/${text}?a=${text}`,
				`/v1/batches/${text}`,
			])
				for (const method of ["GET", "POST", "DELETE"])
					await send(path, { method, headers, ...(method === "POST" && { body }) });
			await send("/v1/batches", {
				method: "POST",
				body: `${text}\n`,
				headers: { "content-type": "application/jsonl" },
			});
			await send("/v1/classify", { method: "POST", body: `{"${text}`, headers });
			await send("/healthz", { headers: { authorization: `Bearer ${text}` } });
			await edge.queue({
				messages: [
					{
						body: { v: 1, caller: null, request: { batch: text, at: 0, lines: [text] } },
						...{ attempts: 1, ack: () => {}, retry: () => {} },
					},
				],
			});
			assert.ok(lines.length > 10);
			for (const line of lines) assert.equal(line.includes(text), false, line);
		}
		const { log, lines } = createKeptLog();
		const failure = toFailure(new Error(text, { cause: new TypeError(text) }), log);
		assert.deepEqual([failure.status, (await failure.text()).includes(text)], [500, false]);
		assert.equal(lines.length === 1 && !lines[0]!.includes(text), true);
	});

	it("sends the origin a token and none of our keys, wherever the key was", async () => {
		const { edge, asked } = open(() => Response.json({}));
		for (const [path, headers] of [
			["/v1/files", { authorization: `bearer ${KEY}` }],
			["/v1/files", { "x-api-key": KEY }],
			["/v1/files", { "ocp-apim-subscription-key": KEY }],
			[`/v1/files?after=a&key=${KEY}`, {}],
		] as [string, Record<string, string>][])
			assert.equal((await edge.fetch(new Request(URL_OF_EDGE + path, { headers }))).status, 200, path);
		const [, ...passed] = asked;
		const tokens = createServiceTokens([SECRET]);
		assert.equal(passed.length, 4);
		for (const { url, method, headers } of passed) {
			assert.equal((url + JSON.stringify([...headers])).includes(KEY), false);
			const { pathname, search } = new URL(url);
			const token = headers.get(SERVICE_TOKEN_HEADER) ?? "";
			assert.equal(tokens.verify(token, { method, path: pathname + search })?.keyId, id);
		}
	});
});
