/**
 * Fetches a model repository of a Hugging Face hub into a directory: one commit, the files Sluice reads, each checked
 * against the hub's listing. Files come to their places when all are complete, config.json last, so that a broken pull
 * leaves nothing that loads and the next one goes on from its parts. Knows no model.
 */
import { mkdir, readFile, statfs } from "node:fs/promises";
import { join, resolve } from "node:path";
import { SluiceError } from "../errors.ts";
import { formatBytes } from "./byte-count.ts";
import { download, findPartBytes, partPath } from "./hub-download.ts";
import {
	chooseCompanions,
	chooseWeights,
	type HubFile,
	listFiles,
	type Revision,
	resolveRevision,
} from "./hub-listing.ts";
import { isComplete, type PullManifest, readPullManifest } from "./hub-manifest.ts";
import { CONFIG, findMissing, misplaced, putInPlace } from "./hub-placing.ts";
import { failed } from "./hub-refusal.ts";
import type { Hub } from "./hub-request.ts";
import { type HubTiming, REAL_TIMING } from "./hub-retry.ts";

/** Bytes there and wanted, over all files of a pull; `bytes` falls back where something is fetched anew. */
export interface PullProgress {
	readonly bytes: number;
	readonly totalBytes: number;
}

/** What to fetch, from where to where. */
export interface PullOptions {
	/** owner/name */
	readonly repo: string;
	readonly directory: string;
	/** Branch, tag or commit; `main` unless given. */
	readonly revision?: string | undefined;
	/** Address of the hub. */
	readonly endpoint: string;
	/** Sent to the endpoint's origin only, and in no error. */
	readonly token?: string | undefined;
	/** Stops the pull; what came so far is kept for the next one. */
	readonly signal?: AbortSignal | undefined;
	readonly onProgress?: ((progress: PullProgress) => void) | undefined;
	/** Gets the parsed config.json before the weights are fetched; what it throws ends the pull. */
	readonly checkConfig?: ((config: unknown) => void) | undefined;
	/** Free disk wanted besides the files, in bytes per byte of weights. */
	readonly spareRoom?: number | undefined;
	readonly timing?: HubTiming | undefined;
	/** Free bytes for files in a directory. */
	readonly freeBytes?: ((directory: string) => Promise<number>) | undefined;
}

/** What is in the directory after a pull. */
export interface PulledModel {
	readonly repo: string;
	readonly commit: string;
	readonly directory: string;
	readonly files: readonly string[];
	/** 0 when everything was there. */
	readonly downloadedBytes: number;
	/** Commit that was there before, where it was another one. */
	readonly previousCommit: string | undefined;
}

/**
 * Makes `directory` hold the revision. Throws `invalid_request` for a repository or revision that does not exist,
 * `invalid_config` where access is denied or the directory holds something else, `invalid_model` for a repository without
 * usable weights, `download_failed` for network, disk and wrong contents, `aborted` on the signal.
 */
export async function pullModel(options: PullOptions): Promise<PulledModel> {
	checkNames(options);
	const directory = resolve(options.directory);
	try {
		return await pullInto(directory, options);
	} catch (error) {
		throw toDiskError(error, directory);
	}
}

async function pullInto(directory: string, options: PullOptions): Promise<PulledModel> {
	const { repo, revision = "main", endpoint, token, signal, timing = REAL_TIMING } = options;
	const hub: Hub = { endpoint: endpoint.replace(/\/+$/, ""), token, signal, timing };
	const present = await readPullManifest(directory);
	if (present !== undefined && present.repo !== repo)
		throw misplaced(`${directory} holds ${present.repo}; give another directory for ${repo}`);
	const complete = present !== undefined && (await isComplete(directory, present));
	if (complete && present.commit === revision) return toResult(directory, present);
	const resolved = await resolveRevision(hub, repo, revision);
	if (complete && present.commit === resolved.commit) return toResult(directory, present);

	await mkdir(directory, { recursive: true });
	const pull: Pull = { hub, revision: resolved, directory, options };
	const files = await chooseFiles(pull);
	const missing = await findMissing({ directory, present, files, signal });
	await checkRoom(pull, missing);
	const downloadedBytes = await downloadAll(pull, files, missing);
	const manifest: PullManifest = { format: 1, repo, commit: resolved.commit, files };
	await putInPlace({ directory, present, manifest, missing });
	return { ...toResult(directory, manifest), downloadedBytes, previousCommit: toPrevious(present, resolved.commit) };
}

interface Pull {
	readonly hub: Hub;
	readonly revision: Revision;
	readonly directory: string;
	readonly options: PullOptions;
}

/** All files of the pull, config.json first and weights last. The index of shards is fetched on the way. */
async function chooseFiles({ hub, revision, directory }: Pull): Promise<HubFile[]> {
	const listed = await listFiles(hub, revision);
	const companions = chooseCompanions(listed, revision.repo);
	const index = companions.find(({ name }) => name.endsWith(".index.json"));
	if (index === undefined) return [...companions, ...chooseWeights(listed, revision.repo, undefined)];
	await download({ hub, revision, directory, file: index, onBytes: () => {} });
	const text = await readFile(partPath(directory, index.name), "utf8");
	return [...companions, ...chooseWeights(listed, revision.repo, text)];
}

async function checkRoom({ directory, options }: Pull, missing: readonly HubFile[]): Promise<void> {
	if (missing.length === 0) return;
	const { spareRoom = 0, freeBytes = readFreeBytes } = options;
	let fetched = 0;
	let spare = 0;
	for (const file of missing) {
		fetched += file.size - (await findPartBytes(directory, file));
		if (file.name.endsWith(".safetensors")) spare += file.size * spareRoom;
	}
	const free = await freeBytes(directory);
	if (free >= fetched + spare) return;
	const besides = spare === 0 ? "" : ` and at least ${formatBytes(spare)} to convert`;
	throw failed(
		`not enough disk space: ${formatBytes(fetched)} to download${besides}, but ${directory} has ${formatBytes(free)} free`,
	);
}

async function readFreeBytes(directory: string): Promise<number> {
	const { bavail, bsize } = await statfs(directory);
	return bavail * bsize;
}

/** Completes the parts of all missing files; resolves to the bytes that were to be fetched. */
async function downloadAll(pull: Pull, files: readonly HubFile[], missing: readonly HubFile[]): Promise<number> {
	const { hub, revision, directory, options } = pull;
	const there = new Map<string, number>();
	for (const file of files)
		there.set(file.name, missing.includes(file) ? await findPartBytes(directory, file) : file.size);
	const sum = (): number => [...there.values()].reduce((bytes, of) => bytes + of, 0);
	const totalBytes = files.reduce((bytes, { size }) => bytes + size, 0);
	const began = sum();
	const report = (): void => options.onProgress?.({ bytes: sum(), totalBytes });
	report();
	for (const file of files) {
		const onBytes = (bytes: number): void => {
			there.set(file.name, bytes);
			report();
		};
		if (missing.includes(file)) await download({ hub, revision, directory, file, onBytes });
		if (file.name === CONFIG && options.checkConfig !== undefined) {
			const path = missing.includes(file) ? partPath(directory, CONFIG) : join(directory, CONFIG);
			options.checkConfig(parseConfig(await readFile(path, "utf8"), revision.repo));
		}
	}
	return totalBytes - began;
}

function parseConfig(text: string, repo: string): unknown {
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new SluiceError("invalid_model", { detail: `${repo}: ${CONFIG} is not valid JSON`, cause });
	}
}

function toResult(directory: string, { repo, commit, files }: PullManifest): PulledModel {
	const names = files.map(({ name }) => name);
	return { repo, commit, directory, files: names, downloadedBytes: 0, previousCommit: undefined };
}

function toPrevious(present: PullManifest | undefined, commit: string): string | undefined {
	return present?.commit === commit ? undefined : present?.commit;
}

/** Both go into addresses; the token goes into a header, whose own complaint would repeat it. */
function checkNames({ repo, revision = "main", token }: PullOptions): void {
	const invalid = (detail: string): SluiceError => new SluiceError("invalid_request", { detail });
	if (!/^[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9_][\w.-]{0,95}$/.test(repo) || repo.includes(".."))
		throw invalid("a model repository is named owner/name, for example google/shieldgemma-2b");
	if (!/^[\w][\w./+@-]{0,199}$/.test(revision) || revision.includes(".."))
		throw invalid("a revision is a branch, a tag or a commit");
	if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
		throw new SluiceError("invalid_config", { detail: "HF_TOKEN is no access token: it holds spaces or other signs" });
}

function toDiskError(error: unknown, directory: string): unknown {
	if (error instanceof SluiceError || !(error instanceof Error) || !("syscall" in error)) return error;
	const code = "code" in error && typeof error.code === "string" ? error.code : "no reason given";
	if (code === "ENOSPC" || code === "EDQUOT")
		return failed(`the disk of ${directory} is full; what came so far is kept`, error);
	return failed(`${directory} cannot be read or written (${code})`, error);
}
