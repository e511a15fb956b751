/**
 * Reads multipart/form-data as it comes: short fields whole, the one file in pieces, so its size does not matter (RFC 7578,
 * RFC 2046 section 5.1). Error details never quote the body.
 */
import { SluiceError } from "../errors.ts";

const CRLF = "\r\n";
const MAX_HEADER_BYTES = 16_384;
const MAX_FIELD_BYTES = 8192;
const MAX_PARTS = 32;

/** Takes what is found. */
export interface FormSink {
	field(name: string, value: string): void;
	/** Begins the file of this field. */
	file(name: string, filename: string): void;
	/** The next piece of the file that began last. */
	data(bytes: Uint8Array): Promise<void>;
}

/** The boundary a content type names; `unsupported_media_type` for anything but multipart/form-data. */
export function parseBoundary(contentType: string | undefined): string {
	const match = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))/i.exec(
		contentType ?? "",
	);
	const boundary = match?.[1] ?? match?.[2];
	if (boundary !== undefined) return boundary;
	throw new SluiceError("unsupported_media_type", {
		detail: "send the file as multipart/form-data; the content-type header has to name the boundary",
	});
}

/** Reads a form to its end. Throws `invalid_request` where it is not one. */
export async function readForm(body: AsyncIterable<Uint8Array>, boundary: string, sink: FormSink): Promise<void> {
	const form = createFormParser(boundary, sink);
	for await (const chunk of body) await form.push(chunk);
	form.end();
}

type State = "preamble" | "delimiter" | "headers" | "field" | "file" | "epilogue";

/** The parser's memory: what is held is at most a delimiter, a part's headers or a field. */
interface Parser {
	readonly delimiter: Buffer;
	readonly sink: FormSink;
	held: Buffer;
	state: State;
	field: { name: string; bytes: Buffer };
	parts: number;
}

function createFormParser(boundary: string, sink: FormSink): { push(chunk: Uint8Array): Promise<void>; end(): void } {
	const parser: Parser = {
		delimiter: Buffer.from(`${CRLF}--${boundary}`),
		sink,
		held: Buffer.from(CRLF), // a delimiter may open the body
		state: "preamble",
		field: { name: "", bytes: Buffer.alloc(0) },
		parts: 0,
	};
	return {
		async push(chunk) {
			const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
			parser.held = parser.held.byteLength === 0 ? bytes : Buffer.concat([parser.held, bytes]);
			while (await step(parser));
		},
		end() {
			if (parser.state !== "epilogue") throw invalid("the form ends before its last boundary");
		},
	};
}

/** Whether there is more to do with what is held. */
function step(parser: Parser): boolean | Promise<boolean> {
	switch (parser.state) {
		case "delimiter":
			return readDelimiter(parser);
		case "headers":
			return readHeaders(parser);
		case "epilogue":
			parser.held = Buffer.alloc(0);
			return false;
		default:
			return readContent(parser);
	}
}

async function readContent(parser: Parser): Promise<boolean> {
	const { held, delimiter, field } = parser;
	const at = held.indexOf(delimiter);
	const end = at >= 0 ? at : Math.max(0, held.byteLength - delimiter.byteLength + 1);
	const bytes = held.subarray(0, end);
	if (parser.state === "file" && end > 0) await parser.sink.data(bytes);
	if (parser.state === "field") {
		if (field.bytes.byteLength + end > MAX_FIELD_BYTES)
			throw invalid(`a field of the form is longer than ${MAX_FIELD_BYTES} bytes`);
		field.bytes = Buffer.concat([field.bytes, bytes]);
	}
	parser.held = held.subarray(at >= 0 ? at + delimiter.byteLength : end);
	if (at < 0) return false;
	if (parser.state === "field") parser.sink.field(field.name, field.bytes.toString("utf8"));
	parser.state = "delimiter";
	return true;
}

function readDelimiter(parser: Parser): boolean {
	const { held } = parser;
	if (held.byteLength < 2) return false;
	const mark = held.toString("latin1", 0, 2);
	if (mark !== "--" && mark !== CRLF) throw invalid("the form is malformed behind a boundary");
	parser.state = mark === "--" ? "epilogue" : "headers"; // headers keep the line break they follow
	if (mark === CRLF && ++parser.parts > MAX_PARTS) throw invalid(`the form has more than ${MAX_PARTS} parts`);
	return true;
}

function readHeaders(parser: Parser): boolean {
	const { held } = parser;
	const end = held.indexOf(CRLF + CRLF);
	if (end > MAX_HEADER_BYTES || (end < 0 && held.byteLength > MAX_HEADER_BYTES))
		throw invalid("a part of the form has headers that are too long");
	if (end < 0) return false;
	const { name, filename } = parseDisposition(held.toString("utf8", 0, end));
	parser.held = held.subarray(end + 4);
	parser.state = filename === undefined ? "field" : "file";
	parser.field = { name, bytes: Buffer.alloc(0) };
	if (filename !== undefined) parser.sink.file(name, filename);
	return true;
}

/** Name and file name of a part. Browsers write a quote in a name as %22; other clients escape it with a backslash. */
function parseDisposition(headers: string): { name: string; filename: string | undefined } {
	const line = headers.split(CRLF).find((header) => /^content-disposition\s*:/i.test(header)) ?? "";
	const parameter = (key: string): string | undefined => {
		const match = new RegExp(`;\\s*${key}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, "i").exec(line);
		return match === null ? undefined : (match[1]?.replaceAll(/\\(.)/g, "$1") ?? match[2])?.replaceAll("%22", '"');
	};
	const name = parameter("name");
	if (name === undefined) throw invalid("a part of the form has no name");
	return { name, filename: parameter("filename") };
}

function invalid(detail: string): SluiceError {
	return new SluiceError("invalid_request", { detail });
}
