/**
 * The policies of a directory as one immutable set: what a process judges by from one moment to the next. A file that is not
 * valid makes the whole set invalid; there is no set with a policy missing.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { SluiceError } from "../errors.ts";
import type { Policy } from "../types.ts";
import { type PolicyFile, toPolicyFile } from "./policy-file.ts";

/** Policies sorted by id, with their texts. */
export interface PolicySet {
	readonly policies: readonly Policy[];
	/** By id, in the same order. */
	readonly files: ReadonlyMap<string, PolicyFile>;
	/** `sha256:` of all files: two sets with the same hash are the same to the letter. */
	readonly hash: string;
}

/** Reads all `*.yaml` of a directory; `invalid_policy` names the file, the field and the reason. */
export async function readPolicySet(directory: string): Promise<PolicySet> {
	const names = await readdir(directory).catch((cause: unknown) => {
		throw new SluiceError("invalid_policy", { detail: `the policy directory ${directory} cannot be read`, cause });
	});
	const files = names.filter((name) => name.endsWith(".yaml"));
	if (files.length === 0)
		throw new SluiceError("invalid_policy", { detail: `the policy directory ${directory} holds no .yaml file` });
	const texts = await Promise.all(
		files.map(async (name) => {
			const text = await readFile(join(directory, name), "utf8").catch((cause: unknown) => {
				throw new SluiceError("invalid_policy", { detail: `${name} cannot be read`, cause });
			});
			return toPolicyFile(text, name);
		}),
	);
	return toPolicySet(texts);
}

/** A set of files with different ids. */
export function toPolicySet(files: readonly PolicyFile[]): PolicySet {
	const sorted = files.toSorted((a, b) => (a.policy.id < b.policy.id ? -1 : 1));
	const hash = createHash("sha256").update(JSON.stringify(sorted.map((file) => [file.policy.id, file.hash])));
	return {
		policies: sorted.map(({ policy }) => policy),
		files: new Map(sorted.map((file) => [file.policy.id, file])),
		hash: `sha256:${hash.digest("hex")}`,
	};
}

/** The set with one policy put in, in place of the one with its id where there is one. */
export function withPolicy(set: PolicySet, file: PolicyFile): PolicySet {
	const others = [...set.files.values()].filter(({ policy }) => policy.id !== file.policy.id);
	return toPolicySet([...others, file]);
}

/** All policies of a directory, sorted by id. Throws `invalid_policy`. */
export async function loadPolicies(directory: string): Promise<Policy[]> {
	return [...(await readPolicySet(directory)).policies];
}
