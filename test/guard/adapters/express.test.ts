import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import express from "express";
import { guardExpress } from "../../../src/guard/adapters/index.ts";
import { testGuardAdapter } from "../../conformance/guard-adapter.ts";
import { createScriptedScorer, riskOfWords, toPolicy } from "../scripted-scorer.ts";
import { readChat, readText, toByteChunks, toChat } from "./bytes.ts";

/** Serves one app on a free port for the time of a call. */
async function* serve(
	app: express.Express,
	read: (url: string) => AsyncIterable<string>,
): AsyncGenerator<string, void, void> {
	const server = app.listen(0, "127.0.0.1");
	try {
		await once(server, "listening");
		yield* read(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
	} finally {
		server.closeAllConnections();
		server.close();
	}
}

testGuardAdapter({
	name: "Express, text",
	scripts: 30,
	read(source, options) {
		const app = express().use(guardExpress(options));
		app.get("/", async (_, response) => {
			response.type("text/plain");
			await pipeline(Readable.from(toByteChunks(source)), response).catch(() => {});
		});
		return serve(app, async function* (url) {
			yield* readText((await fetch(url)).body!);
		});
	},
});

testGuardAdapter({
	name: "Express, server-sent events",
	scripts: 30,
	read(source, options) {
		const app = express().use(guardExpress(options));
		app.get("/", async (_, response) => {
			response.writeHead(200, { "content-type": "text/event-stream" });
			await pipeline(Readable.from(toByteChunks(toChat(source))), response).catch(() => {});
		});
		return serve(app, async function* (url) {
			yield* readChat((await fetch(url)).body!);
		});
	},
});

test("res.send and res.json are guarded; what was stopped as a whole is a 403", async () => {
	const options = { scorer: createScriptedScorer(riskOfWords), policies: [toPolicy("p")] };
	const app = express().use(guardExpress(options));
	app.get("/text", (_, response) => void response.send("calm bad words"));
	app.get("/json", (_, response) => void response.json({ deep: ["calm bad words"] }));
	app.get("/fine", (_, response) => void response.json({ deep: ["calm"] }));
	app.get("/empty", (_, response) => void response.status(204).end());
	app.get("/image", (_, response) => void response.type("png").send(Buffer.from([1, 2, 3])));
	const gather = async (path: string, url: string): Promise<unknown[]> => {
		const response = await fetch(url + path);
		return [response.status, await response.text()];
	};
	for await (const _ of serve(app, async function* (url) {
		assert.deepEqual(await gather("text", url), [200, "calm"]);
		const [status, body] = await gather("json", url);
		assert.equal(status, 403);
		assert.equal(JSON.parse(body as string).error.code, "content_filter");
		assert.deepEqual(await gather("fine", url), [200, '{"deep":["calm"]}']);
		assert.deepEqual(await gather("empty", url), [204, ""]);
		assert.deepEqual(await gather("image", url), [200, "\u0001\u0002\u0003"]);
		yield "";
	}));
});
