/** Answers from plain objects are those that hono makes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Context, Hono } from "hono";
import { answerLightly } from "../../src/http/light-answers.ts";
import type { HttpEnv } from "../../src/http/route.ts";

type Answer = (c: Context<HttpEnv>) => Response;

async function tell(answer: Answer, isLight: boolean): Promise<unknown> {
	const app = new Hono<HttpEnv>();
	app.get("/", (c) => {
		if (isLight) answerLightly(c);
		c.header("X-Request-Id", "one");
		return answer(c);
	});
	const response = await app.request("/");
	return [response.status, [...response.headers], await response.text()];
}

const ANSWERS: Readonly<Record<string, Answer>> = {
	"a JSON value": (c) => c.json({ a: [1, "ü"] }),
	"a status": (c) => c.json({ a: 1 }, 404),
	"a media type of its own": (c) => {
		c.header("content-type", "application/problem+json");
		return c.body("{}", 400);
	},
	"headers given with the body": (c) =>
		c.body("text", 200, { "content-type": "text/plain", "cache-control": "no-store" }),
	"headers that are joined, replaced and taken back": (c) => {
		c.header("ratelimit", "a", { append: true });
		c.header("ratelimit", "b", { append: true });
		c.header("retry-after", "1");
		c.header("retry-after", "2");
		c.header("allow", "GET");
		c.header("allow", undefined);
		return c.json(1);
	},
	nothing: (c) => c.body(null, 204),
	"a stream": (c) => {
		c.header("content-type", "text/event-stream");
		return c.newResponse(new Blob(["data: x\n\n"]).stream() as ReadableStream, 200);
	},
};

describe("light answers", () => {
	for (const [name, answer] of Object.entries(ANSWERS))
		it(`say ${name} as hono does`, async () => {
			assert.deepEqual(await tell(answer, true), await tell(answer, false));
		});

	it("take no value that would end a header", async () => {
		for (const value of ["a\r\nset-cookie: b", "a\nb", "a\0"]) {
			const answer: Answer = (c) => {
				assert.throws(() => c.header("etag", value), TypeError);
				return c.json(1);
			};
			assert.ok(!JSON.stringify(await tell(answer, true)).includes("etag"));
		}
	});
});
