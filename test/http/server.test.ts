import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { describe, it } from "node:test";
import { listen } from "../../src/http/server.ts";

const local = (port: number) => ({ host: "127.0.0.1", port });

describe("listen", () => {
	it("takes a free port for 0 and says which", async () => {
		const server = await listen({ fetch: () => new Response("hello") }, local(0));
		assert.match(server.url, /^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
		assert.equal(await (await fetch(server.url)).text(), "hello");
		await server.close();
	});
	it("closing lets the request under way finish and takes no new one", async () => {
		const entered = Promise.withResolvers<void>();
		const go = Promise.withResolvers<void>();
		const fetchSlowly = async (): Promise<Response> => {
			entered.resolve();
			await go.promise;
			return new Response("finished");
		};
		const server = await listen({ fetch: fetchSlowly }, local(0));
		const answer = fetch(server.url);
		await entered.promise;
		const closed = server.close();
		await assert.rejects(fetch(server.url));
		go.resolve();
		assert.equal(await (await answer).text(), "finished");
		await closed;
	});
	it("names the port when it is in use", async () => {
		const other = createServer().listen(0, "127.0.0.1");
		await once(other, "listening");
		const { port } = other.address() as { port: number };
		await assert.rejects(listen({ fetch: () => new Response() }, local(port)), {
			code: "invalid_config",
			message: new RegExp(`PORT=${port} .* in use`),
		});
		other.close();
	});
	it("names the host when it is no address of this machine", async () => {
		await assert.rejects(listen({ fetch: () => new Response() }, { host: "192.0.2.1", port: 0 }), {
			code: "invalid_config",
			message: /HOST=192\.0\.2\.1/,
		});
	});
});
