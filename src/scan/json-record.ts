/** A line of JSON to its text and id. `field` is a name, or a JSON pointer (RFC 6901) where it begins with a slash. */
import type { Parsed, Problem } from "./item.ts";

/** Fields that name a record; the first one there counts. */
export const ID_NAMES: readonly string[] = ["custom_id", "id"];

/** The text at `field`; what is wrong where there is none. */
export function parseJsonRecord(record: string, field: string): Parsed {
	let data: unknown;
	try {
		data = JSON.parse(record);
	} catch {
		return { text: { code: "invalid_json", detail: "the line is not JSON" } };
	}
	if (!isObject(data)) return { text: invalid("the line is not a JSON object") };
	const named = ID_NAMES.map((name) => lookUp(data, [name])).find((value) => isId(value));
	const text = lookUp(data, toPath(field));
	if (typeof text !== "string") return { id: named, text: invalid(`${JSON.stringify(field)} is not a string`) };
	return { id: named, text: text.isWellFormed() ? text : invalid("the text has half of a surrogate pair") };
}

function toPath(field: string): string[] {
	if (!field.startsWith("/")) return [field];
	const parts = field.slice(1).split("/");
	return parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function lookUp(data: unknown, path: readonly string[]): unknown {
	let value = data;
	for (const name of path) {
		if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
		value = (value as Record<string, unknown>)[name];
	}
	return value;
}

function isObject(value: unknown): value is object {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is string | number {
	return typeof value === "number" || (typeof value === "string" && value !== "");
}

function invalid(detail: string): Problem {
	return { code: "invalid_request", detail };
}
