import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { describe, it } from "node:test";
import { readIncoming } from "../../src/http/incoming-body.ts";

/** A request of `length` bytes whose body the test sends. */
async function withRequest(
	length: number,
	test: (incoming: IncomingMessage, client: Socket) => Promise<void>,
): Promise<void> {
	const server = createServer().listen(0, "127.0.0.1");
	await once(server, "listening");
	const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
	client.on("error", () => {});
	try {
		const asked = once(server, "request") as Promise<[IncomingMessage]>;
		client.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`);
		await test((await asked)[0], client);
	} finally {
		client.destroy();
		server.closeAllConnections();
		server.close();
		await once(server, "close");
	}
}

describe("a body of announced length", () => {
	it("is read whole, whatever pieces it comes in", () =>
		withRequest(6, async (incoming, client) => {
			const reading = readIncoming(incoming);
			client.write("ab");
			await once(incoming, "data");
			client.write("cdef");
			assert.equal(Buffer.from(await reading).toString(), "abcdef");
		}));
	it("may be empty", () =>
		withRequest(0, async (incoming) => {
			assert.equal((await readIncoming(incoming)).byteLength, 0);
		}));
	it("is aborted when the client leaves before its end, before the reading and while it goes on", () =>
		withRequest(6, async (incoming, client) => {
			const reading = assert.rejects(readIncoming(incoming), { code: "aborted" });
			client.write("ab");
			await once(incoming, "data");
			client.destroy();
			await reading;
			await assert.rejects(readIncoming(incoming), { code: "aborted" });
		}));
	it("is aborted when it takes too long", () =>
		withRequest(6, async (incoming, client) => {
			client.write("ab");
			await assert.rejects(readIncoming(incoming, 10), { code: "aborted", message: /too slowly/ });
		}));
});
