/**
 * Puts the shadow's policies in the live directory's place, whole. A link is exchanged in one step; a directory in two renames,
 * between which there is none for an instant: whoever reads the policies again then keeps those it has and reads again.
 */
import { randomBytes } from "node:crypto";
import { cp, lstat, mkdir, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { SluiceError } from "../errors.ts";
import { type PolicyFile, readPolicySet } from "../policies/index.ts";
import { openVersions, VERSIONS_FOLDER } from "../policies/versions.ts";

/** What was done. */
export interface Promotion {
	/** `sha256:` of the files that are live now, and of those that were. */
	readonly hash: string;
	readonly before: string | undefined;
	/** Where the former policies are; undefined where the live ones were the same already. */
	readonly backup: string | undefined;
}

/**
 * Copies `shadow` and puts the copy in place of `live`, which is kept beside it. Throws `invalid_policy` for policies that are
 * not valid, and `invalid_config` where the directories cannot be changed; the live ones are as they were then.
 */
export async function promotePolicies(shadow: string, live: string, nowMs: number = Date.now()): Promise<Promotion> {
	const { hash, files } = await readPolicySet(shadow);
	const former = await readPolicySet(live).catch(() => undefined); // what is not valid may be replaced, too
	if (resolve(shadow) === resolve(live))
		throw new SluiceError("invalid_config", { detail: "the shadow policies are the live ones: nothing to promote" });
	if (former?.hash === hash) return { hash, before: hash, backup: undefined };
	const stamp = `${new Date(nowMs).toISOString().replaceAll(/[-:.]/g, "")}-${randomBytes(3).toString("hex")}`;
	const path = resolve(live);
	const next = join(dirname(path), `.${basename(path)}-next-${stamp}`);
	const backup = join(dirname(path), `${basename(path)}-before-${stamp}`);
	try {
		await writeNext(next, { wanted: [...files.values()], former: [...(former?.files.values() ?? [])], live: path });
		const at = (await lstat(path)).isSymbolicLink()
			? await exchangeLink(path, next, stamp)
			: await exchange(path, next, backup);
		return { hash, before: former?.hash, backup: at };
	} catch (cause) {
		await rm(next, { recursive: true, force: true });
		if (cause instanceof SluiceError) throw cause;
		throw new SluiceError("invalid_config", {
			detail: `the policies in ${live} cannot be replaced by this process`,
			cause,
		});
	}
}

/** The directory that is to be live: the files, with the history of those they replace, so that each can be rolled back. */
async function writeNext(
	next: string,
	{ wanted, former, live }: { wanted: readonly PolicyFile[]; former: readonly PolicyFile[]; live: string },
): Promise<void> {
	await mkdir(next);
	await cp(join(live, VERSIONS_FOLDER), join(next, VERSIONS_FOLDER), { recursive: true }).catch(
		(error: NodeJS.ErrnoException) => {
			if (error.code !== "ENOENT") throw error;
		},
	);
	const versions = openVersions(next);
	for (const { policy, text } of [...former, ...wanted]) await versions.keep(policy.id, text);
	for (const { policy, text } of wanted) await writeFile(join(next, `${policy.id}.yaml`), text);
}

async function exchange(live: string, next: string, backup: string): Promise<string> {
	await rename(live, backup);
	try {
		await rename(next, live);
	} catch (error) {
		await rename(backup, live);
		throw error;
	}
	return backup;
}

/** The link's former target is the backup: it stays where it is. */
async function exchangeLink(live: string, next: string, stamp: string): Promise<string> {
	const former = resolve(dirname(live), await readlink(live));
	const target = join(dirname(live), `${basename(live)}-${stamp}`);
	await rename(next, target);
	const link = join(dirname(live), `.${basename(live)}-link-${stamp}`);
	try {
		await symlink(target, link);
		await rename(link, live);
	} catch (error) {
		await rm(link, { force: true });
		await rm(target, { recursive: true, force: true });
		throw error;
	}
	return former;
}
