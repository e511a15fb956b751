/**
 * Element types of weight files and their conversion to float32.
 * Knows no file format. Bytes are little-endian, as safetensors stores them and every supported host reads them.
 * bfloat16 is the upper half of a float32; float16 is IEEE 754 binary16.
 */

/** Bytes per element of every supported dtype, under safetensors' names. */
export const DTYPE_BYTES: {
	readonly F32: 4;
	readonly F16: 2;
	readonly BF16: 2;
	readonly I8: 1;
	readonly U8: 1;
	readonly I32: 4;
	readonly I64: 8;
} = {
	F32: 4,
	F16: 2,
	BF16: 2,
	I8: 1,
	U8: 1,
	I32: 4,
	I64: 8,
};

/** A supported element type. */
export type Dtype = keyof typeof DTYPE_BYTES;

/** Whether a name is one of {@link DTYPE_BYTES}. */
export function isDtype(value: unknown): value is Dtype {
	return typeof value === "string" && Object.hasOwn(DTYPE_BYTES, value);
}

/** Writes bfloat16 bit patterns as float32 into `out` from index `at`; exact. */
export function bf16ToF32(bits: Uint16Array, out: Float32Array, at = 0): void {
	const words = new Uint32Array(out.buffer, out.byteOffset + at * 4, bits.length);
	for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16;
}

/** Writes binary16 bit patterns as float32 into `out` from index `at`; exact, subnormals, infinities and NaN included. */
export function f16ToF32(bits: Uint16Array, out: Float32Array, at = 0): void {
	f16Table ??= createF16Table();
	for (let i = 0; i < bits.length; i++) out[at + i] = f16Table[bits[i]!]!;
}

let f16Table: Float32Array | undefined;

function createF16Table(): Float32Array {
	const table = new Float32Array(65536);
	for (let bits = 0; bits < 65536; bits++) {
		const sign = bits & 0x8000 ? -1 : 1;
		const exponent = (bits >> 10) & 31;
		const fraction = bits & 1023;
		if (exponent === 31) table[bits] = fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
		else if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
		else table[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
	}
	return table;
}
