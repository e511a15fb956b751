/**
 * Policies from YAML files, one per harm; a file's name is its policy's id. A bad file stops the start.
 */
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { SluiceError } from "./errors.ts";
import { type Policy, PolicySchema } from "./types.ts";

/** All `*.yaml` of a directory, sorted by id; `invalid_policy` names the file, the field and the reason. */
export async function loadPolicies(directory: string): Promise<Policy[]> {
	const names = await readdir(directory).catch((cause: unknown) => {
		throw new SluiceError("invalid_policy", { detail: `the policy directory ${directory} cannot be read`, cause });
	});
	const files = names.filter((name) => name.endsWith(".yaml")).sort();
	if (files.length === 0)
		throw new SluiceError("invalid_policy", { detail: `the policy directory ${directory} holds no .yaml file` });
	return Promise.all(files.map(async (name) => parsePolicy(await readFile(join(directory, name), "utf8"), name)));
}

/** One policy from YAML text; `file` is only used for messages and to hold file name ⇔ id. */
export function parsePolicy(text: string, file: string): Policy {
	let data: unknown;
	try {
		data = parse(text);
	} catch (cause) {
		throw new SluiceError("invalid_policy", {
			detail: `${file} is not valid YAML: ${(cause as Error).message}`,
			cause,
		});
	}
	const parsed = PolicySchema.safeParse(data);
	if (!parsed.success) {
		const issue = parsed.error.issues[0];
		const field = issue?.path.join(".") || "the file";
		throw new SluiceError("invalid_policy", {
			detail: `${file}: ${field}: ${issue?.message}`,
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
