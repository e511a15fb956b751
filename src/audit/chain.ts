/**
 * Lines of the decision log, each bound to the one before: `{"seq":n,"prev":"<hash>",…,"hash":"<hash>"}`. A line's hash is the
 * SHA-256 of its bytes before `,"hash"`, and `prev` is among them, so a hash stands for all lines up to its own.
 */
import { hash as digest } from "node:crypto";

/** Where a line stands in the chain. */
export interface Link {
	/** From 1, without gaps. */
	readonly seq: number;
	/** 64 hex digits. */
	readonly hash: string;
}

/** What the first line continues. */
export const GENESIS: Link = { seq: 0, hash: "0".repeat(64) };

/** `,"hash":"` + 64 digits + `"}`. */
const SEAL_BYTES = 75;
const SEAL = /^,"hash":"([0-9a-f]{64})"\}$/;
const HEAD = /^\{"seq":([1-9]\d{0,14}),"prev":"([0-9a-f]{64})",/;

/** The line that continues `last`, without its line break. @param json of an object with at least one member. */
export function sealLine(last: Link, json: string): { readonly line: string; readonly link: Link } {
	const seq = last.seq + 1;
	const body = `{"seq":${seq},"prev":"${last.hash}",${json.slice(1, -1)}`;
	const hash = digest("sha256", body, "hex");
	return { line: `${body},"hash":"${hash}"}`, link: { seq, hash } };
}

/** A line as it says of itself. */
export interface ReadLine extends Link {
	readonly prev: string;
	/** Whether its hash is that of its bytes. */
	readonly isIntact: boolean;
}

/** Undefined for bytes that are no line of a log. @param bytes without the line break. */
export function readLine(bytes: Buffer): ReadLine | undefined {
	if (bytes.byteLength <= SEAL_BYTES) return undefined;
	const body = bytes.subarray(0, -SEAL_BYTES);
	const seal = SEAL.exec(bytes.toString("latin1", bytes.byteLength - SEAL_BYTES));
	const head = HEAD.exec(bytes.toString("latin1", 0, Math.min(body.byteLength, 110)));
	if (seal === null || head === null) return undefined;
	const hash = seal[1]!;
	return { seq: Number(head[1]), prev: head[2]!, hash, isIntact: digest("sha256", body, "hex") === hash };
}
