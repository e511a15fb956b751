import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type RowBlocks,
	toCodeBlocks,
	toFloats,
	toInt8,
	toTransposedFloats,
	toTransposedInt8,
} from "../../src/weights/matrix-pieces.ts";
import { quantizeBlocks, quantizeInt8PerChannel } from "../../src/weights/quantize.ts";

const [ROWS, COLS] = [70, 131];
const VALUES = Float32Array.from({ length: ROWS * COLS }, (_, i) => Math.sin(i * i));

/** The matrix in blocks of so many rows, all through one buffer. */
function inBlocks(most: number): RowBlocks {
	return {
		rows: ROWS,
		cols: COLS,
		*blocks() {
			const into = new Float32Array(most * COLS);
			for (let start = 0; start < ROWS; start += most) {
				const rows = VALUES.subarray(start * COLS, Math.min(ROWS, start + most) * COLS);
				into.set(rows);
				yield { start, values: into.subarray(0, rows.length) };
				into.fill(Number.NaN);
			}
		},
	};
}

/** All bytes, each piece copied while it is good. */
function bytesOf(pieces: Iterable<ArrayBufferView>): Buffer {
	return Buffer.concat(
		Array.from(pieces, ({ buffer, byteOffset, byteLength }) =>
			Buffer.from(new Uint8Array(buffer, byteOffset, byteLength)),
		),
	);
}

function transpose<A extends Float32Array | Int8Array>(matrix: A): A {
	return matrix.map((_, at) => matrix[(at % ROWS) * COLS + Math.floor(at / ROWS)]!) as A;
}

const rows = quantizeInt8PerChannel(VALUES, ROWS, COLS);
const codes = quantizeBlocks(VALUES, ROWS, COLS, { bits: 4, block: 32 });

test("every form has the same bytes however the matrix is cut into blocks and the result into bands", () => {
	for (const most of [1, 7, 64, ROWS]) {
		const matrix = inBlocks(most);
		assert.deepEqual(bytesOf(toFloats(matrix)), bytesOf([VALUES]));
		assert.deepEqual(bytesOf(toInt8(matrix)), bytesOf([rows.q, rows.scale]));
		assert.deepEqual(bytesOf(toCodeBlocks(matrix, { bits: 4, block: 32 })), bytesOf([codes.q, codes.scale]));
		for (const bandBytes of [1, 1000, 1 << 20]) {
			assert.deepEqual(bytesOf(toTransposedFloats(matrix, bandBytes)), bytesOf([transpose(VALUES)]));
			assert.deepEqual(bytesOf(toTransposedInt8(matrix, bandBytes)), bytesOf([transpose(rows.q), rows.scale]));
		}
	}
});

test("a band's memory is given back when the next piece is asked for", () => {
	const pieces = toTransposedInt8(inBlocks(7));
	const band = pieces.next().value as Int8Array;
	assert.equal(band.length, ROWS * COLS);
	pieces.next();
	assert.equal(band.length, 0);
});
