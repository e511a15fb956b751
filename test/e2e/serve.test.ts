/** The command as people start it: a process of its own, the shipped model and policies, a real port. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import OpenAI from "openai";
import type { ClassifyResponse } from "../../src/http/protocols/sluice.ts";
import { loadPolicies } from "../../src/policies/index.ts";

const root = join(import.meta.dirname, "../..");
const main = join(root, "src/cli/main.ts");
const shipped = existsSync(join(root, "models/sluice-guard/model.safetensors"));
const skip = shipped ? false : "models/sluice-guard is not there";
const env = { PATH: process.env.PATH ?? "", SLUICE_CACHE_DIR: join(root, ".cache") };

describe("sluice serve", { skip, timeout: 180_000 }, () => {
	let server: ChildProcess;
	let url = "";
	const lines: string[] = [];

	before(async () => {
		server = spawn(process.execPath, [main, "serve", "--port", "0"], { env, stdio: ["ignore", "inherit", "pipe"] });
		for await (const line of createInterface({ input: server.stderr! })) {
			lines.push(line);
			const { msg, url: at } = JSON.parse(line) as { msg: string; url?: string };
			url = at ?? url;
			if (msg === "ready") break;
		}
		assert.notEqual(url, "", lines.join("\n"));
		server.stderr!.resume();
	});
	after(() => server.kill("SIGKILL"));

	it("judges through the official openai client: a threat is flagged, a recipe is not", async () => {
		const client = new OpenAI({ apiKey: "none", baseURL: `${url}/v1`, maxRetries: 0 });
		const { results, model } = await client.moderations.create({
			input: ["You people are vermin and should be wiped off the face of the earth.", "Bake the bread for 40 minutes."],
		});
		assert.match(model, /sluice-guard/);
		assert.deepEqual(
			results.map((r) => r.flagged),
			[true, false],
		);
	});
	it("judges every policy's violating and harmless examples rightly on /v1/classify", async () => {
		for (const { id, examples } of await loadPolicies(join(root, "policies"))) {
			const body = JSON.stringify({ input: examples.map(({ text }) => text), policies: [id] });
			const headers = { "content-type": "application/json" };
			const response = await fetch(`${url}/v1/classify`, { method: "POST", headers, body });
			assert.equal(response.status, 200);
			const { results } = (await response.json()) as ClassifyResponse;
			const acted = results.map(({ action }) => action !== "allow");
			assert.deepEqual(
				acted,
				examples.map(({ violates }) => violates),
				id,
			);
		}
	});

	it("says everything on /v1/classify, with offsets into the text as sent", async () => {
		const input = "Dear all, you are a bunch of idiots.";
		const response = await fetch(`${url}/v1/classify`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ input }),
		});
		const { results, model } = (await response.json()) as ClassifyResponse;
		assert.ok(model.hash.length >= 16);
		assert.equal(results[0]!.coverage.characters, input.length);
		for (const { spans } of results[0]!.policies)
			for (const { start, end } of spans) assert.ok(start >= 0 && start < end && end <= input.length);
	});
	it("50 concurrent requests all answer, with the risk the text has alone", async () => {
		const ask = async (): Promise<number> => {
			const response = await fetch(`${url}/v1/classify`, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify({ input: "I will find you and hurt you." }),
			});
			assert.equal(response.status, 200);
			return ((await response.json()) as ClassifyResponse).results[0]!.risk!;
		};
		const alone = await ask();
		for (const risk of await Promise.all(Array.from({ length: 50 }, ask))) assert.ok(Math.abs(risk - alone) <= 1e-4);
	});
	it("ends with exit code 0 on SIGTERM", async () => {
		const ended = once(server, "exit");
		server.kill("SIGTERM");
		assert.deepEqual(await ended, [0, null]);
	});
});

describe("sluice moderate", { skip, timeout: 60_000 }, () => {
	const moderate = async (text: string): Promise<number> => {
		const child = spawn(process.execPath, [main, "moderate"], { env, stdio: ["pipe", "ignore", "inherit"] });
		child.stdin!.end(text);
		const [code] = (await once(child, "exit")) as [number];
		return code;
	};
	it("exits 1 for a threat on stdin and 0 for a recipe", async () => {
		assert.equal(await moderate("You people are vermin and should be wiped off the face of the earth."), 1);
		assert.equal(await moderate("Could you send me the recipe for the lemon cake you brought on Sunday?"), 0);
	});
});
