/** `sluice keys`: makes, lists, exports and revokes API keys, in the records of a data directory or in a keys file. */
import { mkdirSync } from "node:fs";
import { readConfig } from "../config.ts";
import { SluiceError } from "../errors.ts";
import {
	addToKeysFile,
	addToRecords,
	type HashedKey,
	isInForce,
	type Key,
	KeySchema,
	type NewKey,
	readKeysFile,
	revokeInKeysFile,
	toHashedKey,
	toHashedRow,
} from "../keys/index.ts";
import { openStore, type Store } from "../store/index.ts";
import type { CliContext } from "./context.ts";
import type { Register } from "./register.ts";
import { align } from "./table.ts";

interface PlaceOptions {
	readonly data?: string;
	readonly file?: string;
}

interface CreateOptions extends PlaceOptions {
	readonly tenant: string;
	readonly scopes: string;
	readonly expiresDays?: string;
	readonly policies?: string;
	readonly threshold: readonly string[];
	readonly requestsPerMinute?: string;
	readonly charactersPerMinute?: string;
}

/** Where keys are kept. */
interface KeyPlace {
	add(of: NewKey): { readonly key: Key; readonly secret: string };
	list(): readonly HashedKey[];
	revoke(id: string): boolean;
}

/** Adds the commands. */
export const registerKeys: Register = (program, context, exit) => {
	const keys = program.command("keys").description("API keys of the service");
	const withPlace = (name: string, description: string) =>
		keys
			.command(name)
			.description(description)
			.option("--data <dir>", "keys in the records of this data directory (SLUICE_DATA_DIR)")
			.option("--file <path>", "keys in this file (SLUICE_KEYS_FILE)");
	withPlace("create", "make a key and print it, this once")
		.argument("<name>", "for people: who uses it")
		.option("--tenant <name>", "whose files and batches it sees", "default")
		.option("--scopes <list>", "of moderate, batch, guard, review, admin", "moderate,batch,guard")
		.option("--expires-days <n>", "days until it opens nothing any more")
		.option("--policies <ids>", "the only policies that judge for it")
		.option("--threshold <policy:flag:block>", "its own thresholds for a policy; may be repeated", collect, [])
		.option("--requests-per-minute <n>", "requests it may send")
		.option("--characters-per-minute <n>", "characters it may have judged")
		.action(async (name: string, options: CreateOptions) => {
			const wanted = toNewKey(name, options);
			const { key, secret } = await withKeys(context, options, (place) => place.add(wanted));
			context.stderr(`sluice: ${key.id}; the key itself is shown this once\n`);
			context.stdout(`${secret}\n`);
		});
	withPlace("list", "the keys, without their secrets")
		.option("--json", "print an object per key")
		.action(async (options: PlaceOptions & { json?: boolean }) => {
			const listed = (await withKeys(context, options, (place) => place.list())).map(({ key }) => key);
			context.stdout(options.json ? listed.map((key) => `${JSON.stringify(key)}\n`).join("") : toTable(listed));
		});
	withPlace("export", "the keys in force with the hashes of their secrets, as an edge takes them")
		.option("--kv", "as `wrangler kv bulk put` reads it, in place of the secret SLUICE_KEYS")
		.action(async (options: PlaceOptions & { kv?: boolean }) => {
			const listed = await withKeys(context, options, (place) => place.list());
			const nowMs = Date.now();
			const rows = listed.filter(({ key }) => isInForce(key, nowMs));
			context.stdout(`${JSON.stringify(options.kv ? rows.map(toPair) : { keys: rows.map(toHashedRow) })}\n`);
		});
	withPlace("revoke", "make a key open nothing any more")
		.argument("<id>", "as `sluice keys list` shows it")
		.action(async (id: string, options: PlaceOptions) => {
			if (await withKeys(context, options, (place) => place.revoke(id))) return;
			context.stderr(`sluice: no key in force has the id ${/^key_[0-9a-f]{16}$/.test(id) ? id : "given"}\n`);
			exit(2);
		});
};

/** A key as an entry of Workers KV. */
function toPair(of: HashedKey): { readonly key: string; readonly value: string } {
	return { key: of.hash.toString("hex"), value: JSON.stringify(toHashedRow(of)) };
}

function collect(value: string, before: readonly string[]): string[] {
	return [...before, value];
}

async function withKeys<T>(context: CliContext, { data, file }: PlaceOptions, use: (place: KeyPlace) => T): Promise<T> {
	const { dataDir, keysFile } = readConfig({ dataDir: data, keysFile: file }, context.env);
	const nowMs = Date.now();
	// what was said on the command line wins over the other place in the environment
	const path = data !== undefined ? undefined : keysFile;
	if (path !== undefined)
		return use({
			add: (of) => addToKeysFile(path, of, nowMs),
			list: () => readKeysFile(path),
			revoke: (id) => revokeInKeysFile(path, id, nowMs),
		});
	if (dataDir === undefined)
		throw new SluiceError("invalid_config", { detail: "say where the keys are: --data DIR, or --file PATH" });
	mkdirSync(dataDir, { recursive: true, mode: 0o700 });
	const store: Store = await openStore(dataDir);
	try {
		return use({
			add: (of) => addToRecords(store.keys, of, nowMs),
			list: () => store.keys.hashed().map(toHashedKey),
			revoke: (id) => store.keys.revoke(id, nowMs),
		});
	} finally {
		store.close();
	}
}

/** Throws `invalid_config` naming the option that is wrong. */
function toNewKey(name: string, options: CreateOptions): NewKey {
	const days = toNumber(options.expiresDays);
	const thresholds = Object.fromEntries(options.threshold.map(toThreshold));
	const made = {
		name,
		tenant: options.tenant,
		scopes: options.scopes.split(","),
		expiresMs: days === null ? null : Math.round(Date.now() + days * 86_400_000),
		grant: {
			...(options.policies !== undefined && { policies: options.policies.split(",") }),
			...(options.threshold.length > 0 && { thresholds }),
		},
		limits: {
			requestsPerMinute: toNumber(options.requestsPerMinute),
			charactersPerMinute: toNumber(options.charactersPerMinute),
		},
	};
	const parsed = KeySchema.safeParse({ ...made, id: `key_${"0".repeat(16)}`, createdMs: 0, revokedMs: null });
	if (parsed.success) return made as NewKey;
	const { path, message } = parsed.error.issues[0]!;
	throw new SluiceError("invalid_config", { detail: `the key's ${path.map(String).join(".")}: ${message}` });
}

function toNumber(text: string | undefined): number | null {
	return text === undefined ? null : /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
}

function toThreshold(text: string): [string, { flag?: number; block?: number }] {
	const [policy = "", flag, block, ...more] = text.split(":");
	const [flags, blocks] = [flag, block].map((part) => (part === undefined || part === "" ? undefined : Number(part)));
	if (more.length > 0 || (flags === undefined && blocks === undefined))
		throw new SluiceError("invalid_config", {
			detail: "--threshold is policy:flag:block, as in hate:0.4:0.8 or hate:0.4",
		});
	return [policy, { ...(flags !== undefined && { flag: flags }), ...(blocks !== undefined && { block: blocks }) }];
}

function toTable(keys: readonly Key[]): string {
	const day = (ms: number | null): string => (ms === null ? "-" : new Date(ms).toISOString().slice(0, 10));
	const rows = keys.map(({ id, name, tenant, scopes, limits, createdMs, expiresMs, revokedMs }) => [
		id,
		name,
		tenant,
		scopes.join(","),
		String(limits.requestsPerMinute ?? "-"),
		String(limits.charactersPerMinute ?? "-"),
		day(createdMs),
		day(expiresMs),
		day(revokedMs),
	]);
	const head = ["id", "name", "tenant", "scopes", "requests/min", "characters/min", "created", "expires", "revoked"];
	return `${align([head, ...rows]).join("\n")}\n`;
}
