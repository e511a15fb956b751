/**
 * Sends hostile requests to an app and holds every answer to what all answers promise: an expected status, within the time,
 * whole, in the form its content type names, without a word of the request's secrets. Knows no route.
 */
import { performance } from "node:perf_hooks";
import type { HostileRequest } from "./hostile-requests.ts";

/** An app as fetch sees it. */
export interface App {
	request(target: string, init: RequestInit): Response | Promise<Response>;
}

/** What was seen. */
export interface Tally {
	readonly sent: number;
	/** Answers by status. */
	readonly statuses: Readonly<Record<string, number>>;
	/** Milliseconds. */
	readonly slowest: number;
}

/** Refusals that say what is wrong or missing: nothing that a request may cause beyond these is an error of the service. */
const EXPECTED: ReadonlySet<number> = new Set([
	200, 201, 204, 206, 304, 400, 401, 403, 404, 405, 406, 408, 409, 411, 412, 413, 415, 416, 422, 428, 429, 431, 501,
]);
/** A deadline of 1 ms is one that a client may ask for. */
const ON_SHORT_DEADLINE = 504;
const LONGEST_MS = 5000;

/** Sends `count` requests, some at once; throws with the request where an answer is not what it must be. */
export async function checkAnswers(
	app: App,
	next: () => HostileRequest,
	{ count, atOnce = 8 }: { count: number; atOnce?: number },
): Promise<Tally> {
	const statuses: Record<string, number> = {};
	let sent = 0;
	let slowest = 0;
	const work = async (): Promise<void> => {
		while (sent < count) {
			sent++;
			const request = next();
			const began = performance.now();
			const { status, problem } = await within(LONGEST_MS, ask(app, request), request);
			slowest = Math.max(slowest, performance.now() - began);
			statuses[status] = (statuses[status] ?? 0) + 1;
			if (problem !== undefined) throw new Error(`${problem}\n${describe(request)}`);
		}
	};
	await Promise.all(Array.from({ length: atOnce }, work));
	const polluted = Object.keys(Object.prototype);
	if (polluted.length > 0) throw new Error(`Object.prototype got ${polluted.join(", ")}`);
	return { sent, statuses, slowest };
}

async function ask(app: App, request: HostileRequest): Promise<{ status: number; problem: string | undefined }> {
	const { method, target, headers, body } = request;
	let init: RequestInit;
	try {
		init = { method, headers: new Headers(headers), ...(body !== undefined && { body, duplex: "half" }) };
		new Request(`http://localhost${target}`, init);
	} catch {
		return { status: 0, problem: undefined }; // no client can send it this way
	}
	const response = await app.request(target, init);
	const text = await response.text();
	return { status: response.status, problem: findProblem(request, response, text) };
}

/** Whether a request with these headers may be answered with this status. */
export function isExpected(status: number, headers: HostileRequest["headers"]): boolean {
	return EXPECTED.has(status) || (status === ON_SHORT_DEADLINE && headers["x-sluice-deadline-ms"] === "1");
}

function findProblem({ headers }: HostileRequest, response: Response, text: string): string | undefined {
	const { status } = response;
	if (!isExpected(status, headers)) return `unexpected status ${status}: ${text.slice(0, 500)}`;
	const type = response.headers.get("content-type") ?? "";
	if (status !== 404 && !response.headers.has("x-request-id")) return "no x-request-id";
	if (type.startsWith("application/") && type.includes("json") && text !== "") {
		try {
			JSON.parse(text);
		} catch {
			return `broken JSON with status ${status}: ${text.slice(0, 300)}`;
		}
	}
	if (type.startsWith("text/event-stream") && !isWholeStream(text)) return `broken event stream: ${text.slice(-300)}`;
	const { authorization = "" } = headers;
	const key = authorization.split(" ")[1] ?? "";
	if (key.length > 20 && text.includes(key)) return "the answer repeats the caller's key";
	return undefined;
}

/** Every event is a comment or JSON, and the last one says that it is the last. */
function isWholeStream(text: string): boolean {
	const events = text.split("\n\n").filter((event) => event !== "");
	const data = events.filter((event) => !event.startsWith(":")).map((event) => event.replace(/^data: ?/, ""));
	if (data.at(-1) !== "[DONE]") return false;
	try {
		for (const json of data.slice(0, -1)) JSON.parse(json);
		return true;
	} catch {
		return false;
	}
}

async function within<T>(ms: number, work: Promise<T>, request: HostileRequest): Promise<T> {
	const late = Promise.withResolvers<never>();
	const timer = setTimeout(() => late.reject(new Error(`no answer in ${ms} ms\n${describe(request)}`)), ms);
	return Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}

function describe({ method, target, headers, body }: HostileRequest): string {
	const text = typeof body === "string" ? body : body === undefined ? "" : Buffer.from(body).toString("hex");
	return `${method} ${target} ${JSON.stringify(headers)} ${JSON.stringify(text.slice(0, 600))}`;
}
