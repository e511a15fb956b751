/**
 * One policy from the text of one YAML file, whose name is the policy's id. Knows no directories.
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { parse, YAMLParseError } from "yaml";
import { SluiceError } from "../errors.ts";
import { type Policy, PolicySchema } from "../types.ts";
import { safeParse } from "./safe-parse.ts";

/** Longest part of a message that repeats names from a file, in characters. */
const LONGEST_REASON = 300;

/** A policy with the text it was read from. */
export interface PolicyFile {
	readonly policy: Policy;
	readonly text: string;
	/** `sha256:` and the hash of the text's UTF-8 bytes, as `sha256sum` gives it. */
	readonly hash: string;
}

/** A policy and its text. Throws `invalid_policy`. */
export function toPolicyFile(text: string, file: string): PolicyFile {
	return { policy: parsePolicy(text, file), text, hash: hashText(text) };
}

/** See {@link PolicyFile.hash}. */
export function hashText(text: string): string {
	return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

/** One policy from YAML text; `file` is only used for messages and to hold file name ⇔ id. Throws `invalid_policy`. */
export function parsePolicy(text: string, file: string): Policy {
	let data: unknown;
	try {
		data = parse(text);
	} catch (cause) {
		throw new SluiceError("invalid_policy", { detail: `${file} is not valid YAML: ${describe(cause)}`, cause });
	}
	const parsed = safeParse(PolicySchema, data);
	if (!parsed.success) {
		const issue = parsed.error.issues[0];
		const field = issue?.path.join(".") || "the file";
		throw new SluiceError("invalid_policy", {
			detail: `${file}: ${field}: ${issue?.message.slice(0, LONGEST_REASON)}`,
			pointer: `/${issue?.path.join("/")}`,
		});
	}
	const id = basename(file, ".yaml");
	if (parsed.data.id !== id)
		throw new SluiceError("invalid_policy", {
			detail: `${file}: id: must equal the file's name "${id}"`,
			pointer: "/id",
		});
	return parsed.data;
}

/** What is wrong and where; never the lines around it, which the parser's own message quotes. */
function describe(cause: unknown): string {
	if (!(cause instanceof YAMLParseError)) return "it cannot be read";
	const [begin] = cause.linePos ?? [];
	const reason = cause.code.toLowerCase().replaceAll("_", " ");
	return begin === undefined ? reason : `${reason} at line ${begin.line}, column ${begin.col}`;
}
