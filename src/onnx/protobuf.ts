/**
 * Protocol-buffer wire format, writing only: each function returns the bytes of one field, a message is their
 * concatenation. Knows no message types. https://protobuf.dev/programming-guides/encoding/
 */

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** Bytes of an integer field; negative values take the ten bytes of their 64-bit two's complement. */
export function integerField(field: number, value: number | bigint): Uint8Array {
	return concatBytes([varint(tag(field, VARINT)), varint(value)]);
}

/** Bytes of a float field. */
export function floatField(field: number, value: number): Uint8Array {
	return concatBytes([varint(tag(field, FIXED32)), floatBytes([value])]);
}

/** Bytes of a string, bytes or message field. */
export function bytesField(field: number, value: string | Uint8Array): Uint8Array {
	const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : value;
	return concatBytes([varint(tag(field, LENGTH_DELIMITED)), varint(bytes.length), bytes]);
}

/** Bytes of a packed repeated integer field; nothing for no values. */
export function packedIntegersField(field: number, values: readonly (number | bigint)[]): Uint8Array {
	return values.length === 0 ? new Uint8Array() : bytesField(field, concatBytes(values.map(varint)));
}

/** Bytes of a packed repeated float field; nothing for no values. */
export function packedFloatsField(field: number, values: readonly number[]): Uint8Array {
	return values.length === 0 ? new Uint8Array() : bytesField(field, floatBytes(values));
}

/** Parts one after another: a message from its fields. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
	const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		out.set(part, at);
		at += part.length;
	}
	return out;
}

function tag(field: number, wireType: number): number {
	return field * 8 + wireType;
}

function varint(value: number | bigint): Uint8Array {
	const bytes: number[] = [];
	let rest = BigInt.asUintN(64, BigInt(value));
	while (rest > 127n) {
		bytes.push(Number(rest & 127n) | 128);
		rest >>= 7n;
	}
	bytes.push(Number(rest));
	return Uint8Array.from(bytes);
}

function floatBytes(values: readonly number[]): Uint8Array {
	const view = new DataView(new ArrayBuffer(values.length * 4));
	for (const [i, value] of values.entries()) view.setFloat32(i * 4, value, true);
	return new Uint8Array(view.buffer);
}
