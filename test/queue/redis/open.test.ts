import assert from "node:assert/strict";
import { test } from "node:test";
import { openQueueBackend } from "../../../src/queue/index.ts";
import { startRedis } from "../redis-server.ts";

const there = await startRedis();
await there?.stop();
const skip = there === undefined && "redis-server is not installed";

function isUnavailable(error: unknown): boolean {
	return error instanceof Error && "code" in error && error.code === "queue_unavailable";
}

test("a Redis that is not there is queue_unavailable at once, not a wait", async () => {
	await assert.rejects(openQueueBackend({ redis: "redis://127.0.0.1:1" }), isUnavailable);
});

test("what is no Redis address is refused as such", async () => {
	await assert.rejects(openQueueBackend({ redis: "http://127.0.0.1" }), { code: "invalid_config" });
});

test("while Redis is away adding fails fast; when it is back nothing added before is lost", { skip }, async () => {
	const redis = await startRedis({ appendonly: true });
	assert.ok(redis);
	const errors: Error[] = [];
	const backend = await openQueueBackend({ redis: redis.url }, (error) => errors.push(error));
	try {
		const queue = backend.queue<number, number>("away");
		await queue.addBulk([1, 2, 3].map((data) => ({ name: "x", data })));
		const back = redis.restart();
		const refused = await eventually(async () => {
			const error = await queue.add("x", 0, { jobId: "while-away" }).then(
				() => undefined,
				(reason: unknown) => reason,
			);
			return error;
		});
		assert.ok(isUnavailable(refused), String(refused));
		await assert.rejects(backend.publish("channel", "message"), isUnavailable);
		await back;
		const done: number[] = [];
		const { promise, resolve } = Promise.withResolvers<void>();
		backend.worker<number, number>("away", async (job) => {
			if (job.data > 0 && done.push(job.data) === 3) resolve();
			return 0;
		});
		await promise;
		assert.deepEqual(done, [1, 2, 3]);
	} finally {
		await backend.close();
		await redis.stop();
	}
});

test("a worker outlives a restart of Redis, and listeners hear again", { skip }, async () => {
	const redis = await startRedis({ appendonly: true });
	assert.ok(redis);
	const backend = await openQueueBackend({ redis: redis.url });
	try {
		const { promise, resolve } = Promise.withResolvers<number>();
		backend.worker<number, null>("outlive", async (job) => {
			resolve(job.data);
			return null;
		});
		const messages: string[] = [];
		await backend.subscribe("channel", (message) => messages.push(message));
		await redis.restart();
		const queue = backend.queue<number, null>("outlive");
		await eventually(() => queue.add("x", 7, { jobId: "seven" }).catch(() => undefined));
		assert.equal(await promise, 7);
		await eventually(async () => {
			await backend.publish("channel", "again").catch(() => undefined);
			return messages[0];
		});
		assert.equal(messages[0], "again");
	} finally {
		await backend.close();
		await redis.stop();
	}
});

test("closing does not hang while Redis is away", { skip }, async () => {
	const redis = await startRedis();
	assert.ok(redis);
	const backend = await openQueueBackend({ redis: redis.url });
	const worker = backend.worker<number, null>("hang", async () => null);
	await worker.waitUntilReady();
	backend.events("hang");
	await redis.stop();
	await backend.close();
});

/** The first value that is not undefined, asked for every 20 ms for at most 10 s. */
async function eventually<Value>(ask: () => Promise<Value | undefined>): Promise<Value> {
	for (let turn = 0; turn < 500; turn++) {
		const value = await ask();
		if (value !== undefined) return value;
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
	throw new Error("nothing within 10 s");
}
