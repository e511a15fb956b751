/** What an edge is made of, without Cloudflare: a cache in memory, an origin that answers as a test says, a log that is kept. */
import type { EdgeCache } from "../../src/edge/cache.ts";
import { createEdgeLog } from "../../src/edge/log.ts";
import type { Origin, OriginRequest } from "../../src/edge/origin.ts";
import type { Log } from "../../src/log.ts";

/** At least as long as the settings ask for. */
export const SECRET = "a-secret-of-the-edge-for-tests-only";

/** A cache that shows what is in it. */
export interface FakeCache extends EdgeCache {
	readonly entries: Map<string, string>;
	readonly seconds: number[];
}

/** An empty one. */
export function createFakeCache(): FakeCache {
	const entries = new Map<string, string>();
	const seconds: number[] = [];
	return {
		...{ entries, seconds },
		get: async (name) => entries.get(name),
		async put(name, text, of) {
			entries.set(name, text);
			seconds.push(of);
		},
	};
}

/** An origin that keeps what it was asked. */
export interface FakeOrigin extends Pick<Origin, "ask"> {
	readonly asked: OriginRequest[];
	answer: (request: OriginRequest) => Promise<Response> | Response;
}

/** Answers by `answer`, which a test may replace. */
export function createFakeOrigin(answer: FakeOrigin["answer"]): FakeOrigin {
	const origin: FakeOrigin = {
		asked: [],
		answer,
		async ask(request) {
			origin.asked.push(request);
			return origin.answer(request);
		},
	};
	return origin;
}

/** A log whose lines are kept. */
export function createKeptLog(): { readonly log: Log; readonly lines: string[] } {
	const lines: string[] = [];
	return { log: createEdgeLog((line) => lines.push(line)), lines };
}

/** A problem as a gateway answers it. */
export function toProblem(status: number, code: string, of: Record<string, unknown> = {}): Response {
	const { retryAfter, ...rest } = of;
	return new Response(JSON.stringify({ status, detail: `detail of ${code}`, error: { code }, ...rest }), {
		status,
		headers: {
			"content-type": "application/problem+json",
			...(retryAfter !== undefined && { "retry-after": String(retryAfter) }),
		},
	});
}
