/**
 * A hub on loopback: one repository, its API and files, and a second port that keeps the large files, as the real hub's
 * storage does. Keeps what was asked and how many bytes of each file went out. Faults are rules that tests add.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as it arrived. */
export interface Seen {
	/** Which port: the hub's or the storage's. */
	readonly at: "hub" | "storage";
	readonly path: string;
	readonly query: string;
	/** Name of the file asked for; undefined for the API. */
	readonly file: string | undefined;
	readonly headers: IncomingMessage["headers"];
}

/** What goes wrong with a request. */
export interface Fault {
	readonly status?: number;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
	/** Bytes of the body after which the connection is cut. */
	readonly cutAfter?: number;
	/** Bytes of the body after which nothing more comes. */
	readonly stallAfter?: number;
	/** Answers a range with the whole file. */
	readonly ignoreRange?: boolean;
	/** Ignores If-Range. */
	readonly ignoreIfRange?: boolean;
	readonly etag?: string;
	/** Other bytes than listed. */
	readonly content?: Uint8Array;
}

/** A rule: what goes wrong with a request, if anything. */
export type Rule = (seen: Seen) => Fault | undefined;

/** A file as the tree lists it. */
export interface Entry {
	readonly content: Uint8Array;
	readonly lfs?: boolean;
}

/** The running double. */
export interface HubDouble {
	readonly endpoint: string;
	readonly storage: string;
	readonly repo: string;
	commit: string;
	readonly entries: Map<string, Entry>;
	readonly seen: Seen[];
	/** The first rule that answers decides. */
	readonly rules: Rule[];
	/** Entries per page of the tree. */
	pageSize: number;
	/** Bytes of a file that were sent, from both ports. */
	sent(file: string): number;
	/** Cuts every connection there is. */
	cut(): void;
	close(): Promise<void>;
}

/** A rule for the first `times` requests that match. */
export function first(times: number, matches: (seen: Seen) => boolean, fault: Fault): Rule {
	let left = times;
	return (seen) => (matches(seen) && left-- > 0 ? fault : undefined);
}

/** Starts a hub that has `entries` in the repository `acme/tiny`. */
export async function startHub(entries: Readonly<Record<string, Entry>>): Promise<HubDouble> {
	const bytesSent = new Map<string, number>();
	const servers: Server[] = [];
	const listen = async (handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> => {
		const server = createServer(handle).listen(0, "127.0.0.1");
		servers.push(server);
		await once(server, "listening");
		return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	};
	const serve = (at: Seen["at"]) => (request: IncomingMessage, response: ServerResponse) => {
		const { pathname, searchParams } = new URL(request.url ?? "/", "http://hub");
		const file = /\/(?:resolve\/[^/]+|objects)\/([^/]+)$/.exec(pathname)?.[1];
		const seen: Seen = { at, path: pathname, query: searchParams.toString(), file, headers: request.headers };
		hub.seen.push(seen);
		const fault = findFault(hub, seen);
		respond({ hub, seen, fault, response, bytesSent });
	};
	const hub: HubDouble = {
		endpoint: await listen((request, response) => serve("hub")(request, response)),
		storage: await listen((request, response) => serve("storage")(request, response)),
		repo: "acme/tiny",
		commit: "0123456789abcdef0123456789abcdef01234567",
		entries: new Map(Object.entries(entries)),
		seen: [],
		rules: [],
		pageSize: 1000,
		sent: (file) => bytesSent.get(file) ?? 0,
		cut() {
			for (const server of servers) server.closeAllConnections();
		},
		async close() {
			for (const server of servers) {
				server.closeAllConnections();
				server.close();
				await once(server, "close");
			}
		},
	};
	return hub;
}

interface Exchange {
	readonly hub: HubDouble;
	readonly seen: Seen;
	readonly fault: Fault;
	readonly response: ServerResponse;
	readonly bytesSent: Map<string, number>;
}

/** Rules after the one that answers are not asked: some count. */
function findFault({ rules }: HubDouble, seen: Seen): Fault {
	for (const rule of rules) {
		const fault = rule(seen);
		if (fault !== undefined) return fault;
	}
	return {};
}

function respond(exchange: Exchange): void {
	const { hub, seen, fault, response } = exchange;
	const entry = seen.file === undefined ? undefined : hub.entries.get(decodeURIComponent(seen.file));
	const atCommit = seen.at === "storage" || seen.path.startsWith(`/${hub.repo}/resolve/${hub.commit}/`);
	const { status, headers, body } = fault.status === undefined ? answerApi(hub, seen) : { ...NOTHING, ...fault };
	if (fault.status !== undefined || entry === undefined || !atCommit) {
		response.writeHead(status ?? 404, headers).end(body);
	} else if (seen.at === "hub" && entry.lfs) {
		const linked = { "x-linked-etag": `"${sha256(entry.content)}"`, "x-linked-size": String(entry.content.byteLength) };
		response.writeHead(302, { location: `${hub.storage}/objects/${seen.file}?signature=s3cret`, ...linked }).end();
	} else sendFile(exchange, entry);
}

const NOTHING: Pick<Fault, "status" | "headers" | "body"> = {};

function answerApi(hub: HubDouble, seen: Seen): Pick<Fault, "status" | "headers" | "body"> {
	const revision = new RegExp(`^/api/models/${hub.repo}/revision/(.+)$`).exec(seen.path)?.[1];
	if (revision !== undefined && ![hub.commit, "main", "refs%2Fpr%2F1"].includes(revision))
		return { status: 404, headers: { "x-error-code": "RevisionNotFound" } };
	if (revision !== undefined)
		return { status: 200, body: JSON.stringify({ id: hub.repo, sha: hub.commit, siblings: [] }) };
	if (seen.path !== `/api/models/${hub.repo}/tree/${hub.commit}`)
		return {
			status: 404,
			headers: { "x-error-code": seen.path.includes(hub.repo) ? "EntryNotFound" : "RepoNotFound" },
		};
	const page = Number(new URLSearchParams(seen.query).get("cursor") ?? 0);
	const tree = [...hub.entries].map(([path, entry]) => toTreeEntry(path, entry));
	const end = (page + 1) * hub.pageSize;
	const next = `<${hub.endpoint}${seen.path}?recursive=true&cursor=${page + 1}>; rel="next"`;
	const body = JSON.stringify(tree.slice(page * hub.pageSize, end));
	return { status: 200, body, ...(end < tree.length && { headers: { link: next } }) };
}

function sendFile({ seen, fault, response, bytesSent }: Exchange, entry: Entry): void {
	const content = fault.content ?? entry.content;
	const etag = fault.etag ?? `"${sha256(content).slice(0, 32)}"`;
	const from = Number(/^bytes=(\d+)-$/.exec(seen.headers.range ?? "")?.[1] ?? Number.NaN);
	const condition = seen.headers["if-range"];
	const ranged =
		from >= 0 && !fault.ignoreRange && (fault.ignoreIfRange || condition === undefined || condition === etag);
	if (ranged && from >= content.byteLength) {
		response.writeHead(416, { "content-range": `bytes */${content.byteLength}` }).end();
		return;
	}
	const body = ranged ? content.subarray(from) : content;
	const range = { "content-range": `bytes ${from}-${content.byteLength - 1}/${content.byteLength}` };
	const headers = { etag, "content-length": String(body.byteLength), ...(ranged && range), ...fault.headers };
	response.writeHead(ranged ? 206 : 200, headers);
	const end = fault.cutAfter ?? fault.stallAfter ?? body.byteLength;
	const part = body.subarray(0, Math.min(end, Number(headers["content-length"])));
	const name = decodeURIComponent(seen.file ?? "");
	bytesSent.set(name, (bytesSent.get(name) ?? 0) + part.byteLength);
	if (fault.cutAfter !== undefined) response.write(part, () => response.destroy());
	else if (fault.stallAfter !== undefined) response.write(part);
	else response.end(part);
}

function toTreeEntry(path: string, { content, lfs }: Entry): object {
	const size = content.byteLength;
	const oid = createHash("sha1").update(`blob ${size}\0`).update(content).digest("hex");
	return { type: "file", path, size, oid, ...(lfs && { lfs: { oid: sha256(content), size, pointerSize: 130 } }) };
}

function sha256(content: Uint8Array): string {
	return createHash("sha256").update(content).digest("hex");
}
