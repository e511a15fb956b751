/**
 * A line of a batch's input, `{custom_id, method, url, body}`, checked. A line that is no request is an error of that line.
 * Messages never quote the line. https://developers.openai.com/api/docs/guides/batch
 */

/** Longest custom_id in UTF-16 code units. */
const MAX_CUSTOM_ID = 512;
/** Opening brackets from which on nesting is tried out. */
const MANY_BRACKETS = 1000;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A line's error as it stands in the error file. */
export interface LineError {
	readonly code: string;
	readonly message: string;
	readonly line: number;
	readonly param: string | null;
}

/** A request, or why the line is none; `customId` is kept where the line has a usable one. */
export type ParsedLine =
	| { readonly customId: string; readonly body: unknown; readonly error?: undefined }
	| { readonly customId: string | null; readonly error: LineError };

/** Whether there is nothing but white space on a line; such lines count, but hold no request. */
export function isBlank(bytes: Uint8Array): boolean {
	return bytes.every((byte) => byte === 32 || byte === 9 || byte === 13);
}

/** Reads a line; `bytes` is undefined for a line longer than `maxLineBytes`. */
export function parseLine(
	{ number, bytes }: { number: number; bytes: Uint8Array | undefined },
	of: { endpoint: string; maxLineBytes: number },
): ParsedLine {
	const refuse = (customId: string | null, code: string, message: string, param: string | null = null): ParsedLine => ({
		customId,
		error: { code, message, line: number, param },
	});
	if (bytes === undefined) return refuse(null, "line_too_long", `the line is longer than ${of.maxLineBytes} bytes`);
	const text = decode(bytes);
	if (text === undefined) return refuse(null, "invalid_utf8", "the line is not valid UTF-8");
	const value = parseJson(text);
	if (value === undefined) return refuse(null, "invalid_json_line", "the line is not a JSON object");
	const id = value.custom_id;
	if (id === undefined || id === null || id === "")
		return refuse(null, "missing_custom_id", "the line has no custom_id", "custom_id");
	if (typeof id !== "string" || id.length > MAX_CUSTOM_ID || !id.isWellFormed())
		return refuse(
			null,
			"invalid_custom_id",
			`custom_id must be a string of at most ${MAX_CUSTOM_ID} characters`,
			"custom_id",
		);
	if (value.method !== "POST") return refuse(id, "invalid_method", "method must be POST", "method");
	if (value.url !== of.endpoint)
		return refuse(id, "invalid_url", `url must be ${of.endpoint}, the endpoint of the batch`, "url");
	const { body } = value;
	if (typeof body !== "object" || body === null || Array.isArray(body))
		return refuse(id, "invalid_body", "body must be an object", "body");
	if (!canTravel(text, body)) return refuse(id, "invalid_body", "body is nested too deeply", "body");
	return { customId: id, body };
}

function decode(bytes: Uint8Array): string | undefined {
	try {
		return utf8.decode(bytes);
	} catch {
		return undefined;
	}
}

function parseJson(text: string): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
		return typeof value === "object" && value !== null && !Array.isArray(value)
			? (value as Record<string, unknown>)
			: undefined;
	} catch {
		return undefined;
	}
}

/** Whether the body can be written as JSON again: V8 reads any depth, but writes only what fits its stack. */
function canTravel(text: string, body: object): boolean {
	if (text.length < 2 * MANY_BRACKETS) return true;
	let brackets = 0;
	for (let at = -1; brackets < MANY_BRACKETS; brackets++) {
		at = nextBracket(text, at + 1);
		if (at < 0) return true;
	}
	try {
		JSON.stringify(body);
		return true;
	} catch {
		return false;
	}
}

function nextBracket(text: string, from: number): number {
	for (let i = from; i < text.length; i++) {
		const code = text.charCodeAt(i);
		if (code === 0x5b || code === 0x7b) return i;
	}
	return -1;
}
