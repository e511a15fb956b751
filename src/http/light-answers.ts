/**
 * Answers put together from plain objects. Hono's own `header`, `body` and `json` build a Headers object as soon as there are two
 * headers, which is read out again, sorted and copied on its way to the socket: for a dozen headers that costs more than the
 * rest of an answer. What they take and give stays the same.
 */
import type { Context } from "hono";
import type { HttpEnv } from "./route.ts";

type Head = Record<string, string>;
type Body = ConstructorParameters<typeof Response>[0];

/** Ends a header. */
const FORBIDDEN = /[\0\r\n]/;

/** Lets the request's handlers answer lightly, whatever they call. */
export function answerLightly(c: Context<HttpEnv>): void {
	const head: Head = {};
	const send = (body: Body, status: number, headers?: Head): Response =>
		new Response(body, { status, headers: headers === undefined ? head : { ...head, ...headers } });
	c.header = ((given: string, value?: string, options?: { append?: boolean }): void => {
		const name = given.toLowerCase();
		if (value === undefined) delete head[name];
		else if (FORBIDDEN.test(value)) throw new TypeError(`the header ${name} would break the answer's head`);
		else {
			const before = options?.append === true ? head[name] : undefined;
			head[name] = before === undefined ? value : `${before}, ${value}`;
		}
	}) as typeof c.header;
	c.body = ((body: Body, status = 200, headers?: Head) => send(body, status, headers)) as unknown as typeof c.body;
	c.newResponse = c.body as unknown as typeof c.newResponse;
	c.json = ((value: unknown, status = 200) => {
		head["content-type"] ??= "application/json";
		return send(JSON.stringify(value), status);
	}) as unknown as typeof c.json;
}
