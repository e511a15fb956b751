/**
 * The gateway behind an edge: every request to it carries a service token for whoever asks. Bodies stream through, no faster
 * than the slower side takes them. Knows no route.
 */
import type { Context } from "hono";
import { SluiceError } from "../errors.ts";
import type { Caller } from "../http/caller.ts";
import type { HttpEnv } from "../http/route.ts";
import { SERVICE_TOKEN_HEADER, signServiceToken } from "../http/service-token.ts";

/** When to try again while the origin is away. */
const RETRY_MS = 5_000;

/** A request to the origin. */
export interface OriginRequest {
	readonly method: string;
	/** Path with query. */
	readonly path: string;
	readonly caller?: Caller | undefined;
	readonly headers?: Readonly<Record<string, string>> | undefined;
	readonly body?: BodyInit | null | undefined;
	readonly signal?: AbortSignal | undefined;
}

/** The origin. */
export interface Origin {
	/** Its answer, also an error; throws `not_ready` where it is out of reach, and the signal's reason. */
	ask(request: OriginRequest): Promise<Response>;
	/** Lets it answer a request. */
	passOn(c: Context<HttpEnv>): Promise<Response>;
}

/** @param settings `fetch` is the platform's where left out. */
export function createOrigin(settings: {
	readonly origin: string;
	readonly secret: string;
	readonly fetch?: typeof fetch | undefined;
}): Origin {
	const { origin, secret } = settings;
	const send = settings.fetch ?? fetch;
	const ask = async ({ caller, headers, ...request }: OriginRequest): Promise<Response> => {
		const { method, path, body = null, signal } = request;
		const token = signServiceToken(secret, request, { caller, nowMs: Date.now() });
		let answer: Response;
		try {
			answer = await send(origin + path, {
				...{ method, body, redirect: "manual", duplex: "half" },
				headers: { ...headers, [SERVICE_TOKEN_HEADER]: token },
				...(signal && { signal }),
			} as RequestInit);
		} catch (cause) {
			if (signal?.aborted) throw signal.reason;
			throw toAway(cause);
		}
		if (answer.status < 500 || /\bjson\b/.test(answer.headers.get("content-type") ?? "")) return answer;
		await answer.body?.cancel();
		throw toAway(new Error(`status ${answer.status}`));
	};
	return {
		ask,
		async passOn(c) {
			const { method, raw } = c.req;
			const body = method === "GET" || method === "HEAD" ? null : raw.body; // they have none: fetch refuses it
			const answer = await ask({
				...{ method, path: toPath(c.req.url), caller: c.var.caller },
				headers: { ...toHeaders(raw.headers, body !== null), "x-request-id": c.var.requestId },
				...{ body, signal: raw.signal },
			});
			for (const [name, value] of answer.headers)
				if (!NOT_PASSED.has(name) && name !== "set-cookie") c.header(name, value);
			const passed = c.newResponse(answer.body, answer.status as 200);
			for (const cookie of answer.headers.getSetCookie()) passed.headers.append("set-cookie", cookie);
			return passed;
		},
	};
}

/** A gateway's own errors are JSON: any other comes from what lies between, as Cloudflare's 520 to 530 do. */
function toAway(cause: unknown): SluiceError {
	return new SluiceError("not_ready", {
		detail: "the service behind this edge is out of reach; try again in a moment",
		retryAfterMs: RETRY_MS,
		cause,
	});
}

/** Headers of one connection (RFC 9110, section 7.6.1), those each process writes itself, and those that say who asks. */
const NOT_PASSED: ReadonlySet<string> = new Set([
	...["connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding"],
	...["upgrade", "host", "expect", "date", "content-length", "x-request-id", SERVICE_TOKEN_HEADER],
]);
const KEY_HEADERS: ReadonlySet<string> = new Set([
	...["authorization", "x-api-key", "ocp-apim-subscription-key", "x-goog-api-key"],
]);
const OURS = /^(Bearer\s+)?sluice_/i;

/** A key of ours stays here; any other may be meant for a model's server. */
function toHeaders(headers: Headers, hasBody: boolean): Record<string, string> {
	const length = hasBody ? headers.get("content-length") : null;
	return {
		...Object.fromEntries(
			[...headers].filter(([name, value]) => !NOT_PASSED.has(name) && !(KEY_HEADERS.has(name) && OURS.test(value))),
		),
		...(length !== null && { "content-length": length }),
	};
}

function toPath(url: string): string {
	const { pathname, searchParams } = new URL(url);
	if (OURS.test(searchParams.get("key") ?? "")) searchParams.delete("key");
	const query = searchParams.toString();
	return query === "" ? pathname : `${pathname}?${query}`;
}
