/**
 * JSON files of a model directory, with errors that name directory and file.
 */
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { SluiceError } from "../errors.ts";

/** The parsed file `name` in `dir`. Throws `invalid_model` where it is missing or no JSON. */
export async function readJson(dir: string, name: string): Promise<unknown> {
	let text: string;
	try {
		text = await readFile(join(dir, name), "utf8");
	} catch (cause) {
		throw new SluiceError("invalid_model", { detail: `${basename(resolve(dir))}: ${name} cannot be read`, cause });
	}
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new SluiceError("invalid_model", { detail: `${basename(resolve(dir))}: ${name} is not valid JSON`, cause });
	}
}
