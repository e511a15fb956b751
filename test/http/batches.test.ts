import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Problem } from "../../src/http/problem.ts";
import { type HttpServer, listen } from "../../src/http/server.ts";
import { type Bench, openBench, requestLine } from "../batch/harness.ts";
import { createHarness, type Harness } from "./harness.ts";

/** What differs between two answers to the same question. */
function withoutChance(value: unknown): unknown {
	return JSON.parse(JSON.stringify(value, (key, inner) => (["id", "latency_ms"].includes(key) ? undefined : inner)));
}

async function problemOf(response: Response): Promise<Problem> {
	assert.equal(response.headers.get("content-type"), "application/problem+json");
	return (await response.json()) as Problem;
}

describe("files and batches over HTTP", () => {
	let bench: Bench;
	let h: Harness;
	before(async () => {
		bench = await openBench({ limits: { maxFileBytes: 2000 }, maxCharacters: 100 });
		bench.work();
		h = createHarness({ batches: bench.batches, maxCharacters: 100 });
	});
	after(() => bench.close());

	const upload = (content: string, fields: Record<string, string> = { purpose: "batch" }): Promise<Response> => {
		const form = new FormData();
		form.append("file", new Blob([content]), "../in.jsonl");
		for (const [name, value] of Object.entries(fields)) form.append(name, value);
		return Promise.resolve(h.app.request("/v1/files", { method: "POST", body: form }));
	};
	const run = async (
		url: string,
		bodies: readonly object[],
	): Promise<Map<string, { status_code: number; body: unknown }>> => {
		const lines = bodies.map((body, i) => JSON.stringify({ custom_id: `c${i}`, method: "POST", url, body }));
		const file = (await (await upload(lines.join("\n"))).json()) as { id: string };
		const wish = { input_file_id: file.id, endpoint: url, completion_window: "24h" };
		const { id } = (await (await h.post("/v1/batches", wish)).json()) as { id: string };
		const batch = await bench.batches.finished("default", id);
		const written = [...(await bench.read(batch.outputFile)), ...(await bench.read(batch.errorFile))];
		return new Map(written.map((line) => [line.custom_id!, line.response!]));
	};

	for (const [path, bodies] of [
		[
			"/v1/moderations",
			[
				{ input: "bad" },
				{ input: ["good", "bad"] },
				{ input: [{ type: "text", text: "bad" }] },
				{ input: "a", model: "gpt-4" },
				{ input: [] },
				{ input: "x".repeat(101) },
				{ input: [{ type: "image_url", image_url: { url: "https://example.com" } }] },
			],
		],
		[
			"/v1/classify",
			[
				{ input: "bad" },
				{ input: { prompt: "p", response: "bad" }, policies: ["hate"] },
				{ input: ["a", "b"], budget: { offline: true } },
				{ input: "a", unknown: 1 },
				{ input: "a", policies: ["nonsense"] },
			],
		],
	] as const)
		it(`a line of a batch answers exactly as POST ${path} does`, async () => {
			const answers = await run(path, bodies);
			for (const [i, body] of bodies.entries()) {
				const direct = await h.post(path, body);
				const line = answers.get(`c${i}`)!;
				assert.equal(line.status_code, direct.status, JSON.stringify(body));
				const expected = (await direct.json()) as object;
				const actual = { ...(line.body as object) };
				for (const one of [expected, actual]) if ("instance" in one) one.instance = "";
				assert.deepEqual(withoutChance(actual), withoutChance(expected));
			}
		});

	it("400 an upload without purpose, file or sense, and nothing of it stays on disk", async () => {
		for (const fields of [
			{},
			{ purpose: "assistants" },
			{ purpose: "batch", "expires_after[anchor]": "created_at", "expires_after[seconds]": "5" },
			{ purpose: "batch", "expires_after[anchor]": "now", "expires_after[seconds]": "3600" },
		] as Record<string, string>[])
			assert.equal((await problemOf(await upload("{}", fields))).status, 400, JSON.stringify(fields));
		const form = new FormData();
		form.append("purpose", "batch");
		const response = await h.app.request("/v1/files", { method: "POST", body: form });
		assert.equal((await problemOf(response)).error.param, "file");
		assert.equal(await bench.store.contents.prune((id) => bench.store.files.has(id)), 0);
	});
	it("413 an upload above the limit, announced or not", async () => {
		assert.equal((await problemOf(await upload("x".repeat(2001)))).error.code, "body_too_large");
		const response = await h.app.request("/v1/files", {
			method: "POST",
			headers: { "content-type": "multipart/form-data; boundary=b", "content-length": "9999999" },
			body: "--b--",
		});
		assert.equal((await problemOf(response)).error.code, "body_too_large");
		assert.equal((await upload("x".repeat(2000))).status, 200);
	});
	it("415 an upload that is no form", async () => {
		assert.equal((await problemOf(await h.post("/v1/files", {}))).error.code, "unsupported_media_type");
	});
	it("400 a batch with a foreign endpoint, an endless window, too much metadata or no such file", async () => {
		const file = (await (await upload("{}")).json()) as { id: string };
		const wish = { input_file_id: file.id, endpoint: "/v1/moderations", completion_window: "24h" };
		const entries = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`k${i}`, "v"]));
		for (const [wrong, param] of [
			[{ endpoint: "/v1/embeddings" }, "endpoint"],
			[{ completion_window: "31d" }, "completion_window"],
			[{ completion_window: "0h" }, "completion_window"],
			[{ completion_window: 24 }, "completion_window"],
			[{ metadata: entries }, "metadata"],
			[{ input_file_id: "file-none" }, "input_file_id"],
			[{ output_expires_after: { anchor: "created_at", seconds: 1 } }, "output_expires_after.seconds"],
		] as const) {
			const problem = await problemOf(await h.post("/v1/batches", { ...wish, ...wrong }));
			assert.deepEqual([problem.status, problem.error.param], [400, param], JSON.stringify(wrong));
		}
	});
	it("400 a list's wrong limit, order or cursor", async () => {
		for (const query of ["limit=0", "limit=101", "limit=x", "after=batch_none", "order=up"])
			assert.equal((await problemOf(await h.app.request(`/v1/batches?${query}`))).status, 400, query);
	});
	it("404 what is not there, whatever the id looks like", async () => {
		for (const path of ["/v1/files/file-1", "/v1/files/..%2f..%2fetc/content", "/v1/batches/batch_1"])
			assert.equal((await problemOf(await h.app.request(path))).error.code, "not_found", path);
		assert.equal((await h.app.request("/v1/batches/batch_1/cancel", { method: "POST" })).status, 404);
		assert.equal((await h.app.request("/v1/files/file-1", { method: "DELETE" })).status, 404);
	});
	it("HEAD of a file's content says its size and opens nothing", async () => {
		const { id } = (await (await upload("12345")).json()) as { id: string };
		const response = await h.app.request(`/v1/files/${id}/content`, { method: "HEAD" });
		assert.equal(response.headers.get("content-length"), "5");
		assert.equal(await (await h.app.request(`/v1/files/${id}/content`)).text(), "12345");
	});
	it("a name is shown without its path", async () => {
		const file = (await (await upload("{}")).json()) as { filename: string };
		assert.equal(file.filename, "in.jsonl");
	});
});

describe("files and batches elsewhere", () => {
	it("501 without records, naming the setting", async () => {
		const h = createHarness();
		for (const [method, path] of [
			["GET", "/v1/files"],
			["POST", "/v1/files"],
			["GET", "/v1/batches/batch_1"],
		] as const) {
			const problem = await problemOf(await h.app.request(path, { method }));
			assert.deepEqual([problem.status, problem.error.code], [501, "not_configured"]);
			assert.match(problem.detail, /SLUICE_DATA_DIR/);
		}
	});
	it("another gateway passes requests to the owner of the records and its answers back", async () => {
		const bench = await openBench();
		let owner: HttpServer | undefined;
		try {
			bench.work();
			owner = await listen(createHarness({ batches: bench.batches }).app, { host: "127.0.0.1", port: 0 });
			const h = createHarness({ recordsUrl: owner.url });
			const form = new FormData();
			form.append("file", new Blob([`${JSON.stringify(requestLine("a", "bad"))}\n`.repeat(3000)]), "in.jsonl");
			form.append("purpose", "batch");
			const file = (await (await h.app.request("/v1/files", { method: "POST", body: form })).json()) as { id: string };
			const wish = { input_file_id: file.id, endpoint: "/v1/moderations", completion_window: "1h" };
			const { id } = (await (await h.post("/v1/batches", wish)).json()) as { id: string };
			const batch = await bench.batches.finished("default", id);
			const response = await h.app.request(`/v1/files/${batch.errorFile}/content`, {
				headers: { "x-request-id": "r1" },
			});
			assert.equal(response.headers.get("x-request-id"), "r1");
			assert.equal((await response.text()).split("\n").length, 3000);
			assert.equal((await h.app.request("/v1/batches/none")).status, 404);
			await owner.close();
			const problem = await problemOf(await h.app.request("/v1/batches"));
			assert.deepEqual([problem.status, problem.error.code], [502, "remote_failed"]);
			owner = undefined;
		} finally {
			await owner?.close();
			await bench.close();
		}
	});
});
