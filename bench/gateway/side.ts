/**
 * A server of bench/gateway.ts: `echo` is a bare Hono route that parses the JSON body and sends it back; `gateway` is the whole
 * app over a moderator that costs nothing. Command: node bench/gateway/side.ts echo|gateway; listens on PORT.
 */
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { createApp } from "../../src/http/app.ts";
import { listen } from "../../src/http/server.ts";
import { createLog } from "../../src/log.ts";
import { createMetrics } from "../../src/metrics/index.ts";
import { createFakeModerator } from "../../test/fake-moderator.ts";

const port = Number(process.env.PORT);

function startEcho(): void {
	const app = new Hono();
	app.get("/readyz", (c) => c.json({}));
	app.post("/v1/moderations", async (c) => c.json(await c.req.json()));
	createAdaptorServer({ fetch: app.fetch }).listen(port, "127.0.0.1");
}

async function startGateway(): Promise<void> {
	const app = createApp({
		moderator: createFakeModerator(),
		limits: { maxBodyBytes: 2_097_152, maxInputs: 1024, deadlineMs: 30_000 },
		log: createLog({ level: "info", write: () => {} }),
		metrics: createMetrics(),
	});
	await listen(app, { host: "127.0.0.1", port });
}

if (process.argv[2] === "echo") startEcho();
else await startGateway();
