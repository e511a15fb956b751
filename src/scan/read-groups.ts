/** Inputs to groups of items, from any place where a record begins. Holds one chunk, one record and one group. */
import { isUtf8 } from "node:buffer";
import { isSluiceError, SluiceError } from "../errors.ts";
import { createRecordCutter, type RawRecord, TOO_LONG } from "./cut-records.ts";
import type { RecordParser } from "./formats.ts";
import type { ScanInput } from "./inputs.ts";
import type { ItemGroup, Parsed, Position, ScanItem } from "./item.ts";

/** How the inputs are read. */
export interface ReadOptions {
	/** The name of what holds the text. */
	readonly field: string;
	/** Longest record. */
	readonly maxRecordBytes: number;
	/** Items of a group, at most. */
	readonly groupItems: number;
	/** Bytes of a group, above which no item is added. */
	readonly groupBytes: number;
}

/**
 * The items behind `from`. A record that cannot be read is an item with a problem. Throws `invalid_request` for a header that
 * does not name the text, and for an input that is shorter than `from`, or changes while it is read.
 */
export async function* readGroups(
	inputs: readonly ScanInput[],
	from: Position,
	options: ReadOptions,
): AsyncGenerator<ItemGroup> {
	for (const [file, input] of inputs.entries()) {
		if (file < from.file) continue;
		yield* readInput(input, file === from.file ? from : { file, offset: 0, line: 1 }, options);
		await input.checkUnchanged();
	}
}

/** Reads the header of every input that has one and can be read twice. Throws `invalid_request`. */
export async function checkHeaders(inputs: readonly ScanInput[], options: ReadOptions): Promise<void> {
	for (const input of inputs)
		if (input.reopenable) await readHeader(input, input.format.createParser(options.field), options);
}

async function* readInput(input: ScanInput, from: Position, options: ReadOptions): AsyncGenerator<ItemGroup> {
	const parser = input.format.createParser(options.field);
	const offset = input.seekable ? from.offset : 0;
	let header = parser.header;
	if (header !== undefined && offset > 0) {
		await readHeader(input, parser, options);
		header = undefined;
	}
	const gathering = createGathering(from, options);
	let reached = offset;
	for await (const records of cut(input, { offset, line: offset > 0 ? from.line : 1, options })) {
		for (const record of records) {
			reached = record.end;
			if (header !== undefined && !isBlank(record)) {
				takeHeader(input, header, record);
				header = undefined;
				if (record.end > from.offset) gathering.pass(record);
			} else if (record.end > from.offset) gathering.add(record, parser);
			if (gathering.isFull()) yield gathering.take();
		}
	}
	if (reached < from.offset)
		throw new SluiceError("invalid_request", { detail: `${input.path} is shorter than what was scanned of it before` });
	if (gathering.isStarted()) yield gathering.take();
}

async function* cut(
	input: ScanInput,
	of: { readonly offset: number; readonly line: number; readonly options: ReadOptions },
): AsyncGenerator<readonly RawRecord[]> {
	const { offset, line, options } = of;
	const cutter = createRecordCutter({
		boundary: input.format.createBoundary(),
		maxBytes: options.maxRecordBytes,
		offset,
		line,
	});
	for await (const chunk of input.open(offset)) yield cutter.push(chunk);
	yield cutter.end();
}

async function readHeader(input: ScanInput, parser: RecordParser, options: ReadOptions): Promise<void> {
	const { header } = parser;
	if (header === undefined) return;
	for await (const records of cut(input, { offset: 0, line: 1, options })) {
		const first = records.find((record) => !isBlank(record));
		if (first !== undefined) return takeHeader(input, header, first);
	}
}

function takeHeader(input: ScanInput, header: (record: string) => void, record: RawRecord): void {
	const readable = record.problem === undefined && isUtf8(record.bytes);
	try {
		if (!readable) throw new SluiceError("invalid_request", { detail: "the header cannot be read" });
		header(record.bytes.toString("utf8"));
	} catch (error) {
		if (!isSluiceError(error)) throw error;
		throw new SluiceError(error.code, { detail: `${input.path}: ${error.detail}` });
	}
}

interface Gathering {
	add(record: RawRecord, parser: RecordParser): void;
	/** Moves on behind a record that is no item. */
	pass(record: RawRecord): void;
	isFull(): boolean;
	/** Whether there is anything to take. */
	isStarted(): boolean;
	take(): ItemGroup;
}

function createGathering(from: Position, { groupItems, groupBytes, maxRecordBytes }: ReadOptions): Gathering {
	let items: ScanItem[] = [];
	let blank = 0;
	let bytes = 0;
	let taken = from;
	let end = from;
	return {
		add(record, parser) {
			end = { file: from.file, offset: record.end, line: record.nextLine };
			bytes += record.bytes.length;
			if (isBlank(record)) blank++;
			else items.push({ line: record.line, ...parseRecord(record, parser, maxRecordBytes) });
		},
		pass(record) {
			end = { file: from.file, offset: record.end, line: record.nextLine };
		},
		isFull: () => items.length >= groupItems || bytes >= groupBytes,
		isStarted: () => end !== taken,
		take() {
			const group = { items, blank, bytes, end };
			[items, blank, bytes, taken] = [[], 0, 0, end];
			return group;
		},
	};
}

function parseRecord({ bytes, problem }: RawRecord, parser: RecordParser, maxBytes: number): Parsed {
	if (problem === TOO_LONG)
		return { text: { code: "text_too_long", detail: `the record is longer than ${maxBytes} bytes` } };
	if (problem !== undefined) return { text: { code: "invalid_request", detail: `the record ${problem}` } };
	if (!isUtf8(bytes)) return { text: { code: "invalid_request", detail: "the record is not UTF-8" } };
	const parsed = parser.parse(bytes.toString("utf8"));
	if (parsed.text !== "") return parsed;
	return { ...parsed, text: { code: "invalid_request", detail: "the text is empty" } };
}

/** White space of ASCII only, which is what stands between records. */
function isBlank({ bytes, problem }: RawRecord): boolean {
	if (problem !== undefined) return false;
	for (const byte of bytes) if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) return false;
	return true;
}
