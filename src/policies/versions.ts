/**
 * Earlier texts of policies, beside their files: `.versions/<id>/<number>.yaml`, numbered from 1. A version is never changed.
 * Only what was replaced through the service is kept; files edited by hand have no version until then.
 */
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SluiceError } from "../errors.ts";
import { hashText } from "./policy-file.ts";

/** Name of the folder beside the files. */
export const VERSIONS_FOLDER = ".versions";
/** Of one policy; the oldest go first. */
const MOST_KEPT = 100;

/** A text that a policy had, or has. */
export interface PolicyVersion {
	readonly version: number;
	/** Of the text, as in its file. */
	readonly hash: string;
	/** When it was kept, Unix ms; undefined for a text that is not. */
	readonly keptMs: number | undefined;
}

/** The versions of a directory's policies. */
export interface Versions {
	/** What is kept, newest first; `current` first where it is not the newest. */
	list(id: string, current: string | undefined): Promise<PolicyVersion[]>;
	/** Undefined where there is no such version any more. */
	read(id: string, version: number): Promise<string | undefined>;
	/** Keeps a text, unless it is the newest; gives its number. Throws `precondition_failed` where somebody else did so just now. */
	keep(id: string, text: string): Promise<number>;
}

/** Versions in a policy directory. Ids have to be valid ones. */
export function openVersions(directory: string): Versions {
	const folderOf = (id: string): string => join(directory, VERSIONS_FOLDER, id);
	const fileOf = (id: string, version: number): string => join(folderOf(id), `${version}.yaml`);
	const numbers = async (id: string): Promise<number[]> => {
		const names = await readdir(folderOf(id)).catch(() => []);
		const found = names.flatMap((name) => /^([1-9]\d{0,8})\.yaml$/.exec(name)?.[1] ?? []);
		return found.map(Number).sort((a, b) => b - a);
	};
	const newest = async (id: string): Promise<{ version: number; hash: string | undefined }> => {
		const [version = 0] = await numbers(id);
		return { version, hash: version === 0 ? undefined : hashText(await readFile(fileOf(id, version), "utf8")) };
	};
	return {
		async list(id, current) {
			const kept = await Promise.all(
				(await numbers(id)).map(async (version): Promise<PolicyVersion> => {
					const file = fileOf(id, version);
					const [text, { mtimeMs }] = await Promise.all([readFile(file, "utf8"), stat(file)]);
					return { version, hash: hashText(text), keptMs: Math.round(mtimeMs) };
				}),
			);
			if (current === undefined || kept[0]?.hash === current) return kept;
			return [{ version: (kept[0]?.version ?? 0) + 1, hash: current, keptMs: undefined }, ...kept];
		},
		async read(id, version) {
			return readFile(fileOf(id, version), "utf8").catch(() => undefined);
		},
		async keep(id, text) {
			const last = await newest(id);
			if (last.hash === hashText(text)) return last.version;
			const version = last.version + 1;
			await mkdir(folderOf(id), { recursive: true });
			await writeFile(fileOf(id, version), text, { flag: "wx" }).catch((cause: NodeJS.ErrnoException) => {
				if (cause.code !== "EEXIST") throw cause;
				throw new SluiceError("precondition_failed", { detail: "somebody else is changing this policy", cause });
			});
			if (version > MOST_KEPT) await rm(fileOf(id, version - MOST_KEPT), { force: true });
			return version;
		},
	};
}
