/** What passes through a scan: places in the input, items to judge, and what came of them. */
import type { ErrorCode } from "../errors.ts";
import type { Action } from "../types.ts";

/** Where to go on in the inputs: the next record begins at `offset` of file number `file`. */
export interface Position {
	/** Index in the list of inputs. */
	readonly file: number;
	/** Bytes from the start of the file, decompressed. */
	readonly offset: number;
	/** Number of the line that begins there; the first is 1. */
	readonly line: number;
}

/** The start of everything. */
export const START: Position = { file: 0, offset: 0, line: 1 };

/** Why an item has no verdict. `detail` never holds text of the input. */
export interface Problem {
	readonly code: ErrorCode;
	readonly detail: string;
}

/** What a record holds: a text to judge, or the reason why there is none. */
export interface Parsed {
	readonly id?: string | number | undefined;
	readonly text: string | Problem;
}

/** A record of the input; `line` is the number of its first line. */
export interface ScanItem extends Parsed {
	readonly line: number;
}

/** Consecutive records of one file. */
export interface ItemGroup {
	readonly items: readonly ScanItem[];
	/** Records of white space only, which are passed over. */
	readonly blank: number;
	/** Bytes of the input that it holds in memory, about. */
	readonly bytes: number;
	/** Where the next group begins. */
	readonly end: Position;
}

/** A verdict cut down to the policies of the scan. `risk` is null where a policy has none, see `Verdict`. */
export interface Judgement {
	readonly action: Action;
	readonly risk: number | null;
	readonly policies: readonly { readonly policy: string; readonly risk: number | null; readonly action: Action }[];
}

/** What came of an item. */
export type Outcome = Judgement | Problem;

/** Whether a value stands in the place of what could not be had. */
export function isProblem(value: string | Outcome): value is Problem {
	return typeof value === "object" && "code" in value;
}
