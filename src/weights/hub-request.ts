/**
 * One exchange with a hub: redirects followed by hand, because the token belongs to the hub's origin and to nobody it
 * leads to; a limit on silence. Reads bodies as chunks. Redirects of large files: https://huggingface.co/docs/hub/api
 */
import { failed, type Refusal, type Subject, toBrokenConnection, toRefusal } from "./hub-refusal.ts";
import type { Attempt, Failure, HubTiming } from "./hub-retry.ts";

const MOST_REDIRECTS = 10;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** A hub and the way to talk to it. */
export interface Hub {
	/** Without trailing slash. */
	readonly endpoint: string;
	readonly token: string | undefined;
	readonly signal: AbortSignal | undefined;
	readonly timing: HubTiming;
}

/** A successful response (200, 206) or 416, which a request for a range has to judge itself. */
export interface Answer {
	readonly status: number;
	readonly headers: Headers;
	/** Host that gave the body. */
	readonly host: string;
	/** Where the last redirect led to. */
	readonly url: string;
	/** X-Linked-Etag and X-Linked-Size: SHA-256 and length the hub states for a file that it keeps elsewhere. */
	readonly linkedEtag: string | undefined;
	readonly linkedSize: number | undefined;
	/** Passes the body on, chunk by chunk, until `take` answers with a failure; resolves to that or to what broke the body. */
	read(take: (chunk: Uint8Array) => Promise<Failure | undefined>): Promise<Failure | undefined>;
}

/** What to ask for. */
export interface Request {
	readonly url: string;
	readonly subject: Subject;
	readonly headers?: Readonly<Record<string, string>>;
}

/** GETs `url` and hands the answer to `use`; nothing stays open after it. Refusals and broken connections are failures. */
export async function exchange<T>(
	hub: Hub,
	request: Request,
	use: (answer: Answer) => Promise<Attempt<T>>,
): Promise<Attempt<T>> {
	const watch = createSilenceWatch(hub.timing.idleTimeoutMs, hub.signal);
	try {
		const route = await follow(hub, request, watch);
		if ("failure" in route) return route;
		const { response, url } = route;
		try {
			if (response.status !== 200 && response.status !== 206 && response.status !== 416)
				return toRefusal(describe(hub, response, url), request.subject);
			return await use(toAnswer(route, watch));
		} finally {
			await response.body?.cancel().catch(() => {}); // a body read to its end or broken has nothing to cancel
		}
	} finally {
		watch.stop();
	}
}

interface Route {
	readonly response: Response;
	readonly url: URL;
	/** Headers of all responses on the way, later ones first. */
	readonly linked: readonly Headers[];
}

async function follow(hub: Hub, { url: start, headers }: Request, watch: SilenceWatch): Promise<Route | Failure> {
	const home = new URL(hub.endpoint).origin;
	const linked: Headers[] = [];
	let url = new URL(start);
	let trusted = true;
	for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
		trusted &&= url.origin === home;
		let response: Response;
		try {
			response = await fetch(url, {
				redirect: "manual",
				signal: watch.signal,
				headers: {
					...headers,
					"accept-encoding": "identity",
					"user-agent": "sluice",
					...(trusted && hub.token !== undefined && { authorization: `Bearer ${hub.token}` }),
				},
			});
		} catch (error) {
			return watch.failure(url.host) ?? toBrokenConnection(error, url.host);
		}
		watch.heard();
		linked.unshift(response.headers);
		const location = REDIRECTS.has(response.status) ? response.headers.get("location") : null;
		if (location === null) return { response, url, linked };
		await response.body?.cancel();
		const next = URL.parse(location, url);
		if (next === null || !/^https?:$/.test(next.protocol) || (url.protocol === "https:" && next.protocol === "http:"))
			return { failure: failed(`${url.host} redirects to an address that is not fetched from`), final: true };
		url = next;
	}
	return { failure: failed(`${url.host} redirects more than ${MOST_REDIRECTS} times`), final: true };
}

function describe(hub: Hub, { status, headers }: Response, url: URL): Refusal {
	const byHub = url.origin === new URL(hub.endpoint).origin;
	return { status, headers, host: url.host, byHub, hasToken: hub.token !== undefined };
}

function toAnswer({ response, url, linked }: Route, watch: SilenceWatch): Answer {
	const { host } = url;
	const find = (name: string): string | undefined =>
		linked.map((headers) => headers.get(name)).find((v) => v !== null) ?? undefined;
	const size = find("x-linked-size");
	return {
		status: response.status,
		headers: response.headers,
		host,
		url: url.href,
		linkedEtag: find("x-linked-etag"),
		linkedSize: size !== undefined && /^\d{1,15}$/.test(size) ? Number(size) : undefined,
		async read(take) {
			const reader = response.body?.getReader();
			if (reader === undefined) return undefined;
			try {
				for (;;) {
					const part = await reader
						.read()
						.catch((error: unknown) => watch.failure(host) ?? toBrokenConnection(error, host));
					if ("failure" in part) return part;
					watch.heard();
					if (part.done) return undefined;
					const refused = await take(part.value);
					if (refused !== undefined) return refused;
					watch.heard(); // a slow disk is no silence of the other side
				}
			} finally {
				reader.releaseLock();
			}
		},
	};
}

interface SilenceWatch {
	/** Aborts on silence, or with the caller's signal. */
	readonly signal: AbortSignal;
	heard(): void;
	stop(): void;
	/** The failure where silence is what ended the exchange. */
	failure(host: string): Failure | undefined;
}

function createSilenceWatch(idleTimeoutMs: number, outer: AbortSignal | undefined): SilenceWatch {
	const silence = new AbortController();
	const timer = setTimeout(() => silence.abort(), idleTimeoutMs);
	return {
		signal: outer === undefined ? silence.signal : AbortSignal.any([silence.signal, outer]),
		heard: () => void timer.refresh(),
		stop: () => clearTimeout(timer),
		failure: (host) =>
			silence.signal.aborted
				? { failure: failed(`${host} sent nothing for ${idleTimeoutMs / 1000} seconds`) }
				: undefined,
	};
}
