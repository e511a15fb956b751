import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import OpenAI from "openai";
import { isPublicAddress, lookupPublic } from "../../src/batch/public-address.ts";
import { checkTarget, sendDelivery } from "../../src/batch/webhook.ts";
import { openBench, requestLine } from "./harness.ts";

const secret = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;

describe("a webhook", () => {
	let server: Server;
	let url: string;
	let answers: number[] = [];
	const received = new EventEmitter();
	before(async () => {
		server = createServer(async (request: IncomingMessage, response) => {
			const body = await text(request);
			response.writeHead(answers.shift() ?? 200, { location: `${url}elsewhere` }).end("thanks");
			received.emit("message", { headers: request.headers, body, path: request.url });
		});
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
	});
	after(() => server.close());

	it("tells of each end of a batch, signed so that the official client believes it, until it arrives", async () => {
		answers = [500, 302, 200];
		const webhook = { url, secret, allowPrivate: true, retriesMs: [5, 5, 5] };
		const bench = await openBench({ webhook });
		try {
			const messages: { headers: Record<string, string>; body: string }[] = [];
			const third = new Promise<void>((resolve) => {
				received.on("message", (message) => messages.push(message) === 3 && resolve());
			});
			bench.work();
			const { id } = await bench.begin([requestLine("a", "good")]);
			await third;
			const client = new OpenAI({ apiKey: "none", webhookSecret: secret });
			for (const { headers, body } of messages) {
				const event = await client.webhooks.unwrap(body, headers);
				assert.equal(event.type, "batch.completed");
				assert.deepEqual(event.data, { id });
				assert.equal(headers["webhook-id"], event.id);
			}
			assert.equal(new Set(messages.map(({ body }) => body)).size, 1);
			const [message] = messages;
			await assert.rejects(client.webhooks.unwrap(`${message!.body} `, message!.headers));
		} finally {
			received.removeAllListeners();
			await bench.close();
		}
	});

	it("is sent after a restart when nobody listened before", async () => {
		const bench = await openBench({ webhook: { url, secret, allowPrivate: true, retriesMs: [300] } });
		try {
			answers = [503];
			const first = once(received, "message");
			const { id } = await bench.begin(["", ""]);
			await bench.batches.finished("default", id);
			await first;
			const second = once(received, "message");
			await bench.reopen();
			const [{ body }] = (await second) as [{ body: string }];
			assert.equal((JSON.parse(body) as { type: string }).type, "batch.failed");
		} finally {
			await bench.close();
		}
	});

	it("goes to no private address: not by number, not by name, not by redirect", async () => {
		const delivery = { id: "evt_1", batch: "batch_1", body: "{}", attempts: 0, nextMs: 0 };
		const { signal } = new AbortController();
		let arrived = 0;
		received.on("message", () => arrived++);
		const { port } = server.address() as AddressInfo;
		for (const host of ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "2130706433"]) {
			const target = { url: `http://${host}:${port}/`, secret, allowPrivate: false };
			await assert.rejects(sendDelivery(delivery, target, signal), /public/, host);
		}
		answers = [302];
		assert.equal(await sendDelivery(delivery, { url, secret, allowPrivate: true }, signal), 302);
		assert.equal(arrived, 1);
		received.removeAllListeners();
	});

	it("has a target that can be reached and signed, or the start stops", () => {
		const target = { url: "https://example.com/hook", secret, allowPrivate: false };
		checkTarget(target);
		checkTarget({ ...target, url: "http://localhost:1/", allowPrivate: true });
		for (const wrong of [
			{ url: "http://example.com/" },
			{ url: "ftp://example.com/" },
			{ url: "https://user:word@example.com/" },
			{ url: "https://10.1.2.3/" },
			{ url: "https://[fd00::1]/" },
			{ url: "nonsense" },
			{ secret: "whsec_c2hvcnQ=" },
			{ secret: "0123456789abcdef0123456789abcdef" },
		])
			assert.throws(() => checkTarget({ ...target, ...wrong }), { code: "invalid_config" }, JSON.stringify(wrong));
	});
});

describe("public addresses", () => {
	it("are those of the public internet", () => {
		for (const address of ["1.1.1.1", "93.184.216.34", "172.32.0.1", "2606:4700::1111"])
			assert.equal(isPublicAddress(address), true, address);
		const closed = [
			"0.0.0.0",
			"10.0.0.1",
			"100.64.0.1",
			"127.8.9.1",
			"169.254.169.254",
			"172.31.255.255",
			"192.168.1.1",
		];
		const alsoClosed = ["224.0.0.1", "255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "fe80::1"];
		const sixToFour = ["fd12::1", "ff02::1", "64:ff9b::a00:1", "2002:a00:1::", "2001::1", "2001:db8::1", "name"];
		for (const address of [...closed, ...alsoClosed, ...sixToFour])
			assert.equal(isPublicAddress(address), false, address);
	});
	it("are checked on what the name leads to", async () => {
		for (const all of [true, false]) {
			const error = await new Promise((resolve) => lookupPublic("localhost", { all }, resolve));
			assert.match(String(error), /not public/);
		}
	});
});
