/**
 * A Hono app with a route that streams text and one that streams events; one line guards both.
 * node examples/hono.ts, then: curl -N 127.0.0.1:8091/text
 */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { streamSSE, streamText } from "hono/streaming";
import { guard } from "../src/guard/index.ts";
import { openExampleClassifier } from "./classifier.ts";

export function createExampleApp(options: Parameters<typeof guard>[0], model: () => AsyncIterable<string>): Hono {
	const app = new Hono();
	app.use(guard(options));
	app.get("/text", (context) =>
		streamText(context, async (stream) => {
			for await (const text of model()) await stream.write(text);
		}),
	);
	app.get("/events", (context) =>
		streamSSE(context, async (stream) => {
			for await (const text of model()) await stream.writeSSE({ data: text });
		}),
	);
	return app;
}

if (import.meta.main) {
	const model = async function* (): AsyncGenerator<string> {
		yield* "These words stand for the answer of a model.".split(/(?<= )/);
	};
	const app = createExampleApp(await openExampleClassifier(), model);
	serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 8091 });
}
