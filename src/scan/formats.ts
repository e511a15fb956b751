/** The input formats: where their records end, and what a record holds. This list is the registry. */
import { SluiceError } from "../errors.ts";
import { createCsvBoundary, parseCsvRecord } from "./csv.ts";
import { type Boundary, createLineBoundary } from "./cut-records.ts";
import type { Parsed } from "./item.ts";
import { ID_NAMES, parseJsonRecord } from "./json-record.ts";

/** What reads the records of one file. */
export interface RecordParser {
	/** Takes the first record that is not blank, where the format has a header. Throws `invalid_request`. */
	readonly header?: ((record: string) => void) | undefined;
	parse(record: string): Parsed;
}

/** A format of input. */
export interface Format {
	/** Endings of file names, without the dot. */
	readonly extensions: readonly string[];
	createBoundary(): Boundary;
	/** `field` names what holds the text, where the format has names. */
	createParser(field: string): RecordParser;
}

/** The names of the formats. */
export type FormatName = "jsonl" | "csv" | "lines";

/** Every format there is. */
export const FORMATS: Readonly<Record<FormatName, Format>> = {
	jsonl: {
		extensions: ["jsonl", "ndjson"],
		createBoundary: createLineBoundary,
		createParser: (field) => ({ parse: (record) => parseJsonRecord(record, field) }),
	},
	csv: { extensions: ["csv"], createBoundary: createCsvBoundary, createParser: createCsvParser },
	lines: {
		extensions: ["txt", "text", "log"],
		createBoundary: createLineBoundary,
		createParser: () => ({ parse: (record) => ({ text: record.replace(/\r?\n$/, "") }) }),
	},
};

function createCsvParser(field: string): RecordParser {
	let columns: readonly string[] = [];
	let text = -1;
	let id = -1;
	return {
		header(record) {
			columns = parseCsvRecord(record);
			text = columns.indexOf(field);
			id = columns.indexOf(ID_NAMES.find((name) => columns.includes(name)) ?? "");
			if (text >= 0 && columns.lastIndexOf(field) === text) return;
			const many = text >= 0 ? "more than one column" : "no column";
			throw new SluiceError("invalid_request", {
				detail: `the header has ${many} ${JSON.stringify(field)}; --field names the column of the text`,
			});
		},
		parse(record) {
			const fields = parseCsvRecord(record);
			if (fields.length === columns.length) return { id: fields[id], text: fields[text]! };
			const detail = `the record has ${fields.length} fields, the header ${columns.length}`;
			return { text: { code: "invalid_request", detail } };
		},
	};
}
