/**
 * What a model repository holds at one commit, by the hub's API, and which of it Sluice reads. Fetches no file.
 * API: https://huggingface.co/docs/hub/api (/api/models/…/revision, /api/models/…/tree).
 */
import { z } from "zod";
import { SluiceError } from "../errors.ts";
import { failed, type Subject } from "./hub-refusal.ts";
import { exchange, type Hub } from "./hub-request.ts";
import { type Failure, retry } from "./hub-retry.ts";

const RETRIES = 3;
const MOST_LISTING_BYTES = 64 * 2 ** 20;
const MOST_PAGES = 1000;
const INDEX = "model.safetensors.index.json";
const SINGLE = "model.safetensors";
/** Files besides the weights, in the order they are fetched. */
const COMPANIONS: readonly RegExp[] = [
	/^config\.json$/,
	/^generation_config\.json$/,
	/^tokenizer_config\.json$/,
	/^special_tokens_map\.json$/,
	/^tokenizer\.json$/,
	/^heads\.json$/,
	/^heads\.safetensors$/,
];

/** A file of a repository at one commit. */
export interface HubFile {
	readonly name: string;
	readonly size: number;
	/** SHA-256 of large files (Git LFS); SHA-1 of the git blob, length included, of the others. Hex. */
	readonly hash: { readonly kind: "sha256" | "git-blob"; readonly hex: string };
}

/** A revision and the commit it stands for. */
export interface Revision {
	readonly repo: string;
	readonly revision: string;
	readonly commit: string;
}

const RevisionSchema = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) });
const EntrySchema = z.object({
	type: z.string(),
	path: z.string(),
	size: z.int().nonnegative().default(0),
	oid: z.string().default(""),
	lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().nonnegative() }).nullish(),
});

/** Looks up the commit of a branch, tag or commit. Throws for what the hub refuses: see `toRefusal`. */
export async function resolveRevision(hub: Hub, repo: string, revision: string): Promise<Revision> {
	const url = `${hub.endpoint}/api/models/${repo}/revision/${encodeURIComponent(revision)}`;
	const { value } = await readJson(hub, { url, subject: { repo, revision } }, RevisionSchema);
	return { repo, revision, commit: value.sha };
}

/** All files in the top folder of the repository, by name. Entries with other names than plain ones are left out. */
export async function listFiles(hub: Hub, { repo, revision, commit }: Revision): Promise<ReadonlyMap<string, HubFile>> {
	const files = new Map<string, HubFile>();
	const subject = { repo, revision };
	let url: string | undefined = `${hub.endpoint}/api/models/${repo}/tree/${commit}?recursive=true`;
	for (let page = 0; url !== undefined; page++) {
		if (page === MOST_PAGES) throw failed(`the list of files of ${repo} does not end`);
		const { value, next }: Page<z.infer<typeof EntrySchema>[]> = await readJson(
			hub,
			{ url, subject },
			z.array(EntrySchema),
		);
		for (const { type, path: name, size, oid, lfs } of value) {
			if (type !== "file" || !isPlainName(name)) continue;
			if (lfs) files.set(name, { name, size: lfs.size, hash: { kind: "sha256", hex: lfs.oid } });
			else if (/^[0-9a-f]{40}$/.test(oid)) files.set(name, { name, size, hash: { kind: "git-blob", hex: oid } });
		}
		url = next;
	}
	return files;
}

/** The files needed to choose the rest: everything small, and the index where the weights are in shards. */
export function chooseCompanions(files: ReadonlyMap<string, HubFile>, repo: string): HubFile[] {
	if (!files.has("config.json")) throw unusable(`${repo} has no config.json; is it a transformers model?`);
	if (!files.has(SINGLE) && !files.has(INDEX))
		throw unusable(`${repo} has no safetensors weights (neither ${SINGLE} nor ${INDEX}); other formats are not read`);
	const chosen = COMPANIONS.flatMap((pattern) => [...files.values()].filter(({ name }) => pattern.test(name)));
	const index = files.has(SINGLE) ? undefined : files.get(INDEX);
	return index === undefined ? chosen : [...chosen, index];
}

/** The files of weights: the single one, or those the text of the index names. Throws `invalid_model` for a bad index. */
export function chooseWeights(
	files: ReadonlyMap<string, HubFile>,
	repo: string,
	indexText: string | undefined,
): HubFile[] {
	const single = files.get(SINGLE);
	if (single !== undefined) return [single];
	const index = parseIndex(indexText ?? "");
	if (index === undefined) throw unusable(`${repo}: ${INDEX} has no weight_map that names files`);
	return [...new Set(Object.values(index.weight_map))].sort().map((name) => {
		if (!isPlainName(name) || !name.endsWith(".safetensors"))
			throw unusable(
				`${repo}: ${INDEX} names ${JSON.stringify(name.slice(0, 80))}, which is no safetensors file of the directory`,
			);
		const file = files.get(name);
		if (file === undefined) throw unusable(`${repo}: ${INDEX} names ${name}, which the repository does not have`);
		return file;
	});
}

const IndexSchema = z.object({
	weight_map: z.record(z.string(), z.string()).refine((map) => Object.keys(map).length > 0),
});

function parseIndex(text: string): z.infer<typeof IndexSchema> | undefined {
	try {
		return IndexSchema.safeParse(JSON.parse(text)).data;
	} catch {
		return undefined;
	}
}

/** Names that stay in the directory on every platform, are no hidden files and cannot be taken for a part or manifest. */
function isPlainName(name: string): boolean {
	return /^[A-Za-z0-9_][\w.-]{0,199}$/.test(name) && !name.includes("..");
}

function unusable(detail: string): SluiceError {
	return new SluiceError("invalid_model", { detail });
}

interface Page<T> {
	readonly value: T;
	/** Address of the next page, from the Link header (RFC 8288). */
	readonly next: string | undefined;
}

async function readJson<T>(
	hub: Hub,
	request: { url: string; subject: Subject },
	schema: z.ZodType<T>,
): Promise<Page<T>> {
	return retry({ ...hub, retries: RETRIES }, () =>
		exchange(hub, request, async (answer) => {
			const chunks: Uint8Array[] = [];
			let bytes = 0;
			const strange = (what: string): Failure => ({ failure: failed(`${answer.host} ${what}; check HF_ENDPOINT`) });
			const broken = await answer.read(async (chunk) => {
				bytes += chunk.byteLength;
				chunks.push(chunk);
				return bytes > MOST_LISTING_BYTES
					? strange(`sends a list of more than ${MOST_LISTING_BYTES} bytes`)
					: undefined;
			});
			if (broken !== undefined) return broken;
			const parsed = schema.safeParse(parseJson(Buffer.concat(chunks).toString("utf8")));
			if (!parsed.success) return strange("does not answer like a hub");
			return { value: { value: parsed.data, next: findNext(answer.headers, answer.url) } };
		}),
	);
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function findNext(headers: Headers, base: string): string | undefined {
	const link = /<([^<>]+)>\s*;[^,]*\brel="?next"?/.exec(headers.get("link") ?? "")?.[1];
	return link === undefined ? undefined : URL.parse(link, base)?.href;
}
