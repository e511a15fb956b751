/**
 * Lines that wait for the disk, as the bytes that will be written. A line is encoded when it comes: a group of them encoded at
 * once would hold up whoever asks meanwhile, and lines kept as text are copied by the garbage collector until they are written.
 */
import type { Link } from "./chain.ts";

const BLOCK_BYTES = 1 << 18;
/** Blocks that are kept to be filled again. */
const MOST_SPARE = 3;
/** Bytes of a UTF-16 code unit in UTF-8 at most. */
const UNIT_BYTES = 3;

/** A line for a file. */
export interface PendingLine {
	readonly file: string;
	/** Without the line break. */
	readonly line: string;
	readonly link: Link;
}

/** Lines of one file in a row. */
export interface Block {
	readonly file: string;
	readonly bytes: Uint8Array;
	readonly last: Link;
}

interface OpenBlock {
	readonly file: string;
	readonly buffer: Buffer;
	used: number;
	lines: number;
	characters: number;
	last: Link;
}

/** See the header. */
export interface LineBlocks {
	push(line: PendingLine): void;
	/** Lines and their length in UTF-16 code units. */
	readonly pending: { readonly lines: number; readonly characters: number };
	/** Blocks; all but the last are full. */
	readonly count: number;
	readonly last: Link | undefined;
	/** The oldest block, which takes no more lines from now on; the same one until it is dropped. */
	front(): Block;
	/** Forgets the oldest block; its bytes may change from now on. */
	drop(): void;
}

/** See the header. */
export function createLineBlocks(): LineBlocks {
	const blocks: OpenBlock[] = [];
	const spare: Buffer[] = [];
	const pending = { lines: 0, characters: 0 };
	let isFrontClosed = false;
	const blockFor = ({ file, line, link }: PendingLine): OpenBlock => {
		const atMost = UNIT_BYTES * line.length + 1;
		const open = blocks.length === 1 && isFrontClosed ? undefined : blocks.at(-1);
		if (open !== undefined && open.file === file && open.buffer.byteLength - open.used >= atMost) return open;
		const buffer =
			atMost > BLOCK_BYTES ? Buffer.allocUnsafeSlow(atMost) : (spare.pop() ?? Buffer.allocUnsafeSlow(BLOCK_BYTES));
		const made = { file, buffer, used: 0, lines: 0, characters: 0, last: link };
		blocks.push(made);
		return made;
	};
	return {
		pending,
		get count() {
			return blocks.length;
		},
		get last() {
			return blocks.at(-1)?.last;
		},
		push(of) {
			const { line, link } = of;
			const block = blockFor(of);
			block.used += block.buffer.write(line, block.used, "utf8");
			block.buffer[block.used++] = 0x0a;
			block.last = link;
			block.lines++;
			block.characters += line.length;
			pending.lines++;
			pending.characters += line.length;
		},
		front() {
			isFrontClosed = true;
			const { file, buffer, used, last } = blocks[0]!;
			return { file, bytes: buffer.subarray(0, used), last };
		},
		drop() {
			const { buffer, lines, characters } = blocks.shift()!;
			isFrontClosed = false;
			pending.lines -= lines;
			pending.characters -= characters;
			if (buffer.byteLength === BLOCK_BYTES && spare.length < MOST_SPARE) spare.push(buffer);
		},
	};
}
