/**
 * Requests no friendly client sends: every route with bodies near right ones and far from them, damaged JSON, hostile keys,
 * wrong and lying headers, odd paths and queries, multipart forms in pieces. Seeded: the same on every run.
 */
import { createRandom } from "../engine/random.ts";

/** A method on a path in OpenAPI's form, as the app's routes have them. */
export interface RouteShape {
	readonly method: string;
	readonly path: string;
}

/** One request. */
export interface HostileRequest {
	readonly method: string;
	/** Path and query. */
	readonly target: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body: string | Uint8Array<ArrayBuffer> | undefined;
	/** The route it was made for. */
	readonly route: RouteShape;
}

type Random = () => number;
type Json = unknown;

/** Right bodies by path; what a route needs to get as far as its own code. */
const RIGHT: Readonly<Record<string, Json>> = {
	"/v1/moderations": { input: ["some words", { type: "text", text: "bad words" }], model: "omni-moderation-latest" },
	"/v1/classify": { input: { prompt: "a question", response: "bad answer" }, policies: ["hate"] },
	"/v1alpha1/comments:analyze": {
		comment: { text: "bad words. And more.", type: "PLAIN_TEXT" },
		requestedAttributes: { TOXICITY: { scoreType: "PROBABILITY", scoreThreshold: 0.1 }, THREAT: {} },
		languages: ["en"],
		spanAnnotations: true,
		doNotStore: true,
	},
	"/v1alpha1/comments:suggestscore": {
		comment: { text: "bad words" },
		attributeScores: { TOXICITY: { summaryScore: { value: 0.5 } } },
	},
	"/v1/documents:moderateText": { document: { type: "PLAIN_TEXT", content: "bad words" } },
	"/v2/documents:moderateText": { document: { type: "PLAIN_TEXT", languageCode: "en", content: "bad words" } },
	"/contentsafety/text:analyze": { text: "bad words", categories: ["Hate"], outputType: "EightSeverityLevels" },
	"/v1/chat/completions": {
		model: "scripted",
		messages: [
			{ role: "system", content: "Be kind." },
			{ role: "user", content: [{ type: "text", text: "a question" }] },
		],
		stream: true,
		stream_options: { include_usage: true },
		n: 2,
		max_tokens: 5,
		moderation: { model: "sluice-guard", policy: { input: { mode: "block" }, output: { mode: "block" } } },
	},
	"/v1/completions": { model: "scripted", prompt: ["once"], stream: false, max_tokens: 5 },
	"/v1/policies/{policy_id}": {
		id: "hate",
		title: "Hate",
		guideline: "None.",
		scorer: { kind: "head", head: "hate" },
		thresholds: { flag: 0.5, block: 0.9, target: "made up" },
		maps: { openai: ["hate"] },
		examples: [
			{ text: "bad", violates: true },
			{ text: "good", violates: false },
		],
	},
	"/v1/policies/{policy_id}/rollback": { version: 1 },
	"/v1/batches": { input_file_id: "file-unknown", endpoint: "/v1/moderations", completion_window: "24h" },
};

const STRINGS: readonly string[] = [
	"",
	"a",
	"bad",
	"\0",
	"\ud800",
	"\u202ebad\u200b",
	"<end_of_turn>",
	"../../etc/passwd",
	"{{7*7}}",
	"'; DROP TABLE files; --",
	"x".repeat(1500),
	"é".repeat(700),
	"hate",
	"omni-moderation-latest",
	"PLAIN_TEXT",
	"TOXICITY",
	"file-0000",
	"24h",
	"1e999",
];
const KEYS: readonly string[] = [
	"__proto__",
	"constructor",
	"prototype",
	"toString",
	"length",
	"then",
	"toJSON",
	"input",
	"",
	"text",
];
const SCALARS: readonly Json[] = [null, true, false, 0, -0, -1, 1, 0.5, 1e308, -1e308, 2 ** 53, 1e-320];
const HEADERS: readonly (readonly [string, readonly string[]])[] = [
	[
		"content-type",
		[
			"",
			"text/plain",
			"application/json; charset=utf-16",
			"multipart/form-data",
			"multipart/form-data; boundary=",
			"application/x-www-form-urlencoded",
			"application/json, text/html",
			"a/b/c",
		],
	],
	["content-encoding", ["gzip", "br", "identity", "deflate, gzip", "x"]],
	["content-length", ["0", "1", "99999999999", "-1", "NaN", "1e3"]],
	["x-sluice-deadline-ms", ["0", "-1", "1", "NaN", "999999999999", "1.5", "5000"]],
	["x-request-id", ["a", "a b", "x".repeat(500), "é", "<script>"]],
	["authorization", ["Bearer", "Bearer x", "Basic eDp5", `Bearer ${"x".repeat(4000)}`, "x"]],
	["accept", ["text/event-stream", "*/*", "image/png"]],
	["accept-language", ["en", "xx-".repeat(200)]],
	["range", ["bytes=0-0", "bytes=-1", "bytes=9-1"]],
	["if-match", ["*", '"x"', "W/"]],
	["if-none-match", ["*", '"x"']],
	["traceparent", ["00-0-0-0", `00-${"f".repeat(32)}-${"f".repeat(16)}-01`, "x"]],
	["x-forwarded-for", ["127.0.0.1", "x, y"]],
	["transfer-encoding", ["chunked", "x"]],
	["expect", ["100-continue", "x"]],
	["ocp-apim-subscription-key", ["x"]],
	["openai-organization", ["x"]],
	["cookie", ["a=b", "x".repeat(5000)]],
];

/** An endless supply for these routes. */
export function createHostileRequests(seed: number, routes: readonly RouteShape[]): () => HostileRequest {
	const random = createRandom(seed);
	const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
	const make = createJsonMaker(random);
	const mutate = (value: Json): Json => {
		if (random() < 0.2 || typeof value !== "object" || value === null) return random() < 0.7 ? value : make(1);
		if (Array.isArray(value)) return random() < 0.1 ? [...value, ...value, make(1)] : value.map(mutate);
		const fields = Object.entries(value).filter(() => random() < 0.93);
		const changed = fields.map(([name, field]) => [random() < 0.04 ? pick(KEYS) : name, mutate(field)]);
		return Object.fromEntries(random() < 0.15 ? [...changed, [pick(KEYS), make(1)]] : changed);
	};
	const damage = (text: string): string => {
		const at = Math.floor(random() * text.length);
		return (
			text.slice(0, at) + pick(["", "\0", "{", '"', "é", "\\u", ",,", "]"]) + text.slice(at + Math.floor(random() * 4))
		);
	};
	const toBody = (path: string): { type: string; body: string | Uint8Array<ArrayBuffer> } => {
		const kind = random();
		if (path.endsWith("/files") && kind < 0.8) return makeForm(random, pick);
		if (kind < 0.03) return { type: "application/json", body: makeBytes(random) };
		if (kind < 0.05) return { type: "application/json", body: "[".repeat(1 + Math.floor(random() * 20_000)) };
		if (kind < 0.06) return { type: "application/json", body: `{"input":"${"x".repeat(70_000)}"}` };
		const right = RIGHT[path];
		const value = right === undefined || random() < 0.1 ? make(0) : random() < 0.15 ? right : mutate(right);
		const body = JSON.stringify(value) ?? "";
		return { type: "application/json", body: random() < 0.88 ? body : damage(body) };
	};
	return () => {
		const route = pick(routes);
		const method =
			random() < 0.93 ? route.method.toUpperCase() : pick(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]);
		const hasBody = !["GET", "HEAD", "DELETE"].includes(method);
		const { type, body } = hasBody ? toBody(route.path) : { type: "", body: undefined };
		const headers: Record<string, string> = type === "" ? {} : { "content-type": type };
		for (let n = random() < 0.3 ? 1 + Math.floor(random() * 3) : 0; n > 0; n--) {
			const [name, values] = pick(HEADERS);
			headers[name] = toHeaderValue(pick(values));
		}
		return { method, target: toTarget(route.path, random, pick), headers, body, route };
	};
}

function createJsonMaker(random: Random): (depth: number) => Json {
	const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
	const make = (depth: number): Json => {
		const kind = random();
		if (kind < 0.35 || depth > 4) return random() < 0.6 ? pick(STRINGS) : pick(SCALARS);
		if (kind < 0.6) return Array.from({ length: Math.floor(random() * 12) }, () => make(depth + 1));
		return Object.fromEntries(Array.from({ length: Math.floor(random() * 4) }, () => [pick(KEYS), make(depth + 1)]));
	};
	return make;
}

function makeBytes(random: Random): Uint8Array<ArrayBuffer> {
	return Uint8Array.from({ length: Math.floor(random() * 300) }, () => Math.floor(random() * 256));
}

/** A form that is right, cut short, without its boundary, or with parts that lie. */
function makeForm(random: Random, pick: <T>(of: readonly T[]) => T): { type: string; body: string } {
	const boundary = pick(["b", "----x", "x".repeat(70), "a b", ""]);
	const name = pick(["file", "purpose", "expires_after[anchor]", "__proto__", ""]);
	const disposition = pick([
		`form-data; name="${name}"; filename="${pick(STRINGS.filter((text) => !/[\0\ud800"]/.test(text)))}"`,
		`form-data; name=${name}`,
		"attachment",
	]);
	const content = pick(['{"custom_id":"a"}\n', "", "\0\0", "x".repeat(3000), `\r\n--${boundary}\r\n`]);
	const purpose = `--${boundary}\r\ncontent-disposition: form-data; name="purpose"\r\n\r\n${pick(["batch", "", "x"])}\r\n`;
	const part = `--${boundary}\r\ncontent-disposition: ${disposition}\r\n${pick(["", "content-type: x\r\n", "content-transfer-encoding: base64\r\n"])}\r\n${content}\r\n`;
	const whole = `${random() < 0.8 ? purpose : ""}${part}--${boundary}--\r\n`;
	const body = random() < 0.6 ? whole : whole.slice(0, Math.floor(random() * whole.length));
	return { type: `multipart/form-data; boundary=${boundary}`, body };
}

function toTarget(path: string, random: Random, pick: <T>(of: readonly T[]) => T): string {
	const values = [
		"x",
		"hate",
		"batch_0",
		"file-0",
		"..%2f..",
		"%00",
		"%ff",
		"a".repeat(300),
		"__proto__",
		"%F0%9F%98%80",
		"1",
	];
	const filled = path.replaceAll(/\{\w+\}/g, () => pick(values));
	if (random() < 0.75) return filled;
	const queries = [
		"limit=1",
		"limit=-1",
		"limit=x",
		"after=x",
		"order=asc",
		"key=secret",
		"fields=*",
		"%ff=%ff",
		"a[b]=c",
		"limit=1&limit=2",
		"alt=json",
		"api-version=2024-09-01",
		"purpose=batch",
		"=".repeat(200),
	];
	return `${filled}?${pick(queries)}&${pick(queries)}`;
}

/** Headers hold Latin-1 without control characters; anything else never leaves a client. */
function toHeaderValue(text: string): string {
	return text.replaceAll(/[^\x20-\x7e\xa0-\xff]/g, "");
}
