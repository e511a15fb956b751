/**
 * A guarded proxy before any OpenAI-compatible upstream: clients set their base URL to it and change nothing else.
 * node examples/proxy.ts https://api.openai.com
 */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { type FetchGuardOptions, guardFetch } from "../src/guard/index.ts";
import { openExampleClassifier } from "./classifier.ts";

/** What is sent on; all else stays here. */
const SENT = ["authorization", "content-type", "accept"];

export function createProxy(upstream: string, options: FetchGuardOptions): Hono {
	const guarded = guardFetch(options);
	return new Hono().post("/v1/*", async (context) => {
		const headers = new Headers();
		for (const name of SENT) if (context.req.header(name)) headers.set(name, context.req.header(name)!);
		const { signal } = context.req.raw;
		const body = await context.req.text();
		return guarded(new URL(context.req.path, upstream), { method: "POST", headers, body, signal });
	});
}

if (import.meta.main) {
	const classifier = await openExampleClassifier();
	const app = createProxy(process.argv[2] ?? "https://api.openai.com", classifier);
	serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 8090 });
}
