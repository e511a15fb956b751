/**
 * Protocol-buffer wire format, reading only: a message as the list of its fields, to be looked into or put together again.
 * Knows no message types. https://protobuf.dev/programming-guides/encoding/
 */

/** A field of a message. */
export interface Field {
	readonly number: number;
	/** All bytes of the field, its tag included. */
	readonly encoded: Uint8Array;
	/** What a string, bytes or message field holds; undefined for numbers. */
	readonly content: Uint8Array | undefined;
}

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** The fields of a message in their order; views into `message`. Throws RangeError where the bytes are no message. */
export function readFields(message: Uint8Array): Field[] {
	const fields: Field[] = [];
	let at = 0;
	while (at < message.length) {
		const start = at;
		const tag = readVarint(message, at);
		const [from, end] = findContent(message, tag.end, tag.value % 8);
		if (end > message.length) throw new RangeError(`a field at byte ${start} goes beyond the end of its message`);
		fields.push({
			number: Math.floor(tag.value / 8),
			encoded: message.subarray(start, end),
			content: from === undefined ? undefined : message.subarray(from, end),
		});
		at = end;
	}
	return fields;
}

/** Text of a string field. */
export function toText(content: Uint8Array | undefined): string {
	return content === undefined ? "" : Buffer.from(content.buffer, content.byteOffset, content.length).toString("utf8");
}

function findContent(bytes: Uint8Array, at: number, wireType: number): [from: number | undefined, end: number] {
	if (wireType === VARINT) return [undefined, readVarint(bytes, at).end];
	if (wireType === FIXED64) return [undefined, at + 8];
	if (wireType === FIXED32) return [undefined, at + 4];
	if (wireType !== LENGTH_DELIMITED) throw new RangeError(`wire type ${wireType} at byte ${at} is not known`);
	const { value, end } = readVarint(bytes, at);
	return [end, end + value];
}

/** Exact below 2^53, which tags and lengths are. */
function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
	let value = 0;
	for (let at = start; at < start + 10; at++) {
		const byte = bytes[at];
		if (byte === undefined) break;
		value += (byte & 127) * 2 ** (7 * (at - start));
		if (byte < 128) return { value, end: at + 1 };
	}
	throw new RangeError(`the number at byte ${start} does not end`);
}
