/** An OpenAI-compatible upstream that follows a script: chunks cut at random bytes, stalls, broken events, cut connections. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createRandom } from "../guard/streams.ts";

/** A request as the upstream got it. */
export interface SeenRequest {
	readonly path: string;
	readonly headers: IncomingHttpHeaders;
	/** Of its connection, at the other end. */
	readonly port: number | undefined;
	readonly body: Record<string, unknown>;
	/** Resolves when its connection is gone or its answer complete. */
	readonly closed: Promise<void>;
	/** Whether all of the answer was written. */
	isWhole: boolean;
	/** Events written so far. */
	events: number;
}

/** What the upstream does with a request. */
export type Script = (answer: ScriptedAnswer, seen: SeenRequest) => Promise<void> | void;

export interface ScriptedAnswer {
	readonly response: ServerResponse;
	/** Begins a stream of events. */
	stream(headers?: Record<string, string>): void;
	/** One event, in pieces of random length or whole; resolves when the connection has taken it. */
	event(data: unknown, options?: { isWhole?: boolean }): Promise<void>;
	raw(bytes: Uint8Array | string): Promise<void>;
	done(): Promise<void>;
	json(status: number, body: unknown, headers?: Record<string, string>): void;
	/** Cuts the connection. */
	cut(): void;
}

export interface UpstreamDouble {
	readonly baseUrl: string;
	readonly seen: SeenRequest[];
	/** Resolves with the next request that comes. */
	next(): Promise<SeenRequest>;
	use(script: Script): void;
	close(): Promise<void>;
}

export async function startUpstream(): Promise<UpstreamDouble> {
	const seen: SeenRequest[] = [];
	const random = createRandom(7);
	let script: Script = ({ json }) => json(500, {});
	const server: Server = createServer(async (request, response) => {
		const parts: Buffer[] = [];
		for await (const part of request) parts.push(part as Buffer);
		const text = Buffer.concat(parts).toString();
		const entry: SeenRequest = {
			path: request.url ?? "",
			headers: request.headers,
			port: request.socket.remotePort,
			body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
			closed: once(response, "close").then(() => {}),
			isWhole: false,
			events: 0,
		};
		response.on("finish", () => {
			entry.isWhole = true;
		});
		seen.push(entry);
		server.emit("seen", entry);
		await script(createAnswer(response, entry, random), entry);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
		seen,
		next: async () => (await once(server, "seen"))[0] as SeenRequest,
		use(next) {
			script = next;
		},
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		},
	};
}

/** Resolves when the connection has taken what was written, or is gone. */
function roomIn(response: ServerResponse): Promise<void> {
	return new Promise((resolve) => {
		const go = (): void => {
			response.off("drain", go).off("close", go);
			resolve();
		};
		response.once("drain", go).once("close", go);
	});
}

function createAnswer(response: ServerResponse, seen: SeenRequest, random: () => number): ScriptedAnswer {
	const raw = async (bytes: Uint8Array | string, most = 40): Promise<void> => {
		const all = Buffer.from(bytes as string);
		for (let at = 0; at < all.length; ) {
			const end = Math.min(all.length, at + 1 + Math.floor(random() * most));
			if (response.destroyed) return;
			if (!response.write(all.subarray(at, end))) await roomIn(response);
			at = end;
			if (random() < 0.2) await new Promise((resolve) => setImmediate(resolve));
		}
	};
	return {
		response,
		raw,
		stream: (headers = {}) => void response.writeHead(200, { "content-type": "text/event-stream", ...headers }),
		async event(data, { isWhole = false } = {}) {
			await raw(`data: ${JSON.stringify(data)}\n\n`, isWhole ? 1_000_000 : 40);
			seen.events++;
		},
		async done() {
			await raw("data: [DONE]\n\n");
			response.end();
		},
		json(status, body, headers = {}) {
			response.writeHead(status, { "content-type": "application/json", ...headers });
			response.end(JSON.stringify(body));
		},
		cut: () => response.destroy(),
	};
}

/** A chunk of a chat. */
export function toChunk(
	delta: object,
	{ index = 0, finish = null }: { index?: number; finish?: string | null } = {},
): object {
	return {
		id: "up-1",
		object: "chat.completion.chunk",
		created: 1,
		model: "m",
		choices: [{ index, delta, finish_reason: finish }],
	};
}

/** A script that says a text in small deltas, as content or another field, and finishes. */
export function says(text: string, field = "content"): Script {
	return async ({ stream, event, done }) => {
		stream();
		await event(toChunk({ role: "assistant", content: "" }));
		for (const word of text.match(/\s*\S+|\s+$/g) ?? []) await event(toChunk({ [field]: word }));
		await event(toChunk({}, { finish: "stop" }));
		await event({ id: "up-1", choices: [], usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 } });
		await done();
	};
}
