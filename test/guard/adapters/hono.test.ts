import { Hono } from "hono";
import { guard } from "../../../src/guard/adapters/index.ts";
import { testGuardAdapter } from "../../conformance/guard-adapter.ts";
import { readChat, readText, toBody, toByteChunks, toChat } from "./bytes.ts";

testGuardAdapter({
	name: "Hono, text",
	async *read(source, options) {
		const app = new Hono().use(guard(options)).get("/", () => new Response(toBody(toByteChunks(source))));
		yield* readText((await app.request("/")).body!);
	},
});

testGuardAdapter({
	name: "Hono, server-sent events",
	scripts: 60,
	async *read(source, options) {
		const headers = { "content-type": "text/event-stream" };
		const app = new Hono()
			.use(guard(options))
			.get("/", () => new Response(toBody(toByteChunks(toChat(source))), { headers }));
		yield* readChat((await app.request("/")).body!);
	},
});
