import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, before, it } from "node:test";
import { type HttpServer, listen } from "../../../src/http/server.ts";
import { createHarness, type Harness } from "../harness.ts";

let server: HttpServer;
let harness: Harness;
const judged: string[] = [];

before(async () => {
	harness = createHarness({
		before: (contents) => void judged.push(...contents.map((content) => JSON.stringify(content))),
	});
	server = await listen(harness.app, { host: "127.0.0.1", port: 0 });
});
after(() => server.close());

/** Sends bytes as they are; everything that comes back until the server closes or `until` is seen. */
async function send(pieces: readonly string[], until?: RegExp): Promise<string> {
	const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
	let answer = "";
	socket.setEncoding("latin1");
	socket.on("error", () => {}); // a reset is an answer too
	socket.on("data", (text: string) => {
		answer += text;
		if (until?.test(answer)) socket.destroy();
	});
	await once(socket, "connect");
	const closed = new Promise((resolve) => socket.once("close", resolve));
	for (const piece of pieces) if (!socket.destroyed) socket.write(piece, "latin1");
	await closed;
	return answer;
}

const BODY = JSON.stringify({ input: "smuggled" });
const head = (lines: readonly string[]): string =>
	["POST /v1/moderations HTTP/1.1", "Host: localhost", "Content-Type: application/json", ...lines, "", ""].join("\r\n");

/** Requests whose end two servers could see in different places (RFC 9112 sections 6 and 11.2). */
const AMBIGUOUS: Readonly<Record<string, string>> = {
	"both a length and chunks": `${head(["Content-Length: 4", "Transfer-Encoding: chunked"])}0\r\n\r\n${BODY}`,
	"two lengths that differ": `${head([`Content-Length: ${BODY.length}`, "Content-Length: 0"])}${BODY}`,
	"a length that is a list": `${head([`Content-Length: ${BODY.length}, 0`])}${BODY}`,
	"a negative length": `${head(["Content-Length: -1"])}${BODY}`,
	"a hexadecimal length": `${head(["Content-Length: 0x10"])}${BODY}`,
	"an unknown transfer coding": `${head(["Transfer-Encoding: xchunked"])}0\r\n\r\n`,
	"chunks behind another coding": `${head(["Transfer-Encoding: chunked, identity"])}0\r\n\r\n${BODY}`,
	"a space before the colon": `${head([`Content-Length : ${BODY.length}`])}${BODY}`,
	"a folded header": `${head(["X-A: b\r\n c", `Content-Length: ${BODY.length}`])}${BODY}`,
	"a bare line feed in the head": head([`Content-Length: ${BODY.length}`]).replaceAll("\r\n", "\n") + BODY,
	"a chunk size that is too large": `${head(["Transfer-Encoding: chunked"])}fffffffffffffffff\r\n${BODY}`,
	"a chunk whose size lies": `${head(["Transfer-Encoding: chunked"])}2\r\n${BODY}\r\n0\r\n\r\n`,
	"a NUL in a header": `${head([`X-A: a\0b`, `Content-Length: ${BODY.length}`])}${BODY}`,
	"a method that is none": `P\0ST / HTTP/1.1\r\nHost: localhost\r\n\r\n`,
	"another protocol": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
};

for (const [name, request] of Object.entries(AMBIGUOUS)) {
	it(`${name}: refused with 400, and nothing behind it is taken for another request`, async () => {
		judged.length = 0;
		const follower = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
		const answer = await send([request + follower]);
		const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => status);
		assert.deepEqual(statuses, ["400"], answer.slice(0, 300));
		assert.deepEqual(judged, []);
	});
}

it("431 for headers without end, and the connection is closed", async () => {
	const many = Array.from({ length: 400 }, (_, i) => `X-${i}: ${"a".repeat(100)}`);
	assert.match(await send([head(many)]), /^HTTP\/1\.1 431/);
	assert.match(await send([`GET /${"a".repeat(100_000)} HTTP/1.1\r\n`]), /^HTTP\/1\.1 (414|431)/);
});

it("a body that ends early is dropped with its connection, and judged by nobody", async () => {
	judged.length = 0;
	const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
	await once(socket, "connect");
	socket.end(`${head(["Content-Length: 1000"])}{"input": "half`);
	await once(socket.resume(), "close");
	assert.deepEqual(judged, []);
});

it("requests one after another on a connection each get their own answer, in order", async () => {
	const one = (text: string): string => {
		const body = JSON.stringify({ input: text });
		return `${head([`Content-Length: ${body.length}`])}${body}`;
	};
	const answer = await send(
		[one("good"), one("bad"), one("good")],
		/(HTTP\/1\.1 200[\s\S]*){3}"flagged":false[\s\S]*\}\]\}/,
	);
	assert.deepEqual(
		[...answer.matchAll(/"flagged":(true|false)/g)].map(([, flagged]) => flagged),
		["false", "true", "false"],
	);
});

it("a thousand connections that say nothing do not keep others waiting", async () => {
	const port = Number(new URL(server.url).port);
	const idle = Array.from({ length: 1000 }, () => connect(port, "127.0.0.1").on("error", () => {}));
	try {
		await Promise.all(idle.map((socket) => once(socket, "connect")));
		const began = performance.now();
		assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
		assert.ok(performance.now() - began < 1000);
	} finally {
		for (const socket of idle) socket.destroy();
	}
});
