/** Pulls of a tiny repository from the double, without waiting, and what tests look at afterwards. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext } from "node:test";
import { inspect } from "node:util";
import { SluiceError } from "../../src/errors.ts";
import { type PulledModel, type PullOptions, type PullProgress, pullModel } from "../../src/weights/hub.ts";
import { type Entry, type Fault, first, type HubDouble, type Seen, startHub } from "./hub-double.ts";

/** The token of every pull; no error may show it. */
export const TOKEN = "hf_secretOfTheTests";
/** Directory of a test file, removed after it. */
export const root: string = mkdtempSync(join(tmpdir(), "sluice-hub-"));
after(() => rmSync(root, { recursive: true }));
let count = 0;

/** A small file of JSON. */
export const text = (value: unknown): Entry => ({ content: Buffer.from(JSON.stringify(value)) });
/** Bytes that look like weights: all different places tell themselves apart. */
export const large = (length: number, seed = 1): Entry => ({
	content: Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 17 + seed) % 251),
	lfs: true,
});
/** The large file of {@link TINY}. */
export const WEIGHTS = "model.safetensors";
export const SIZE = 300_000;

/** A repository with files of every kind, and the names of those that are pulled. */
export const TINY: Readonly<Record<string, Entry>> = {
	".gitattributes": text("lfs"),
	"README.md": text("words"),
	"config.json": text({ model_type: "tiny" }),
	"tokenizer.json": { ...text({ version: "1.0" }), lfs: true },
	"generation_config.json": text({}),
	[WEIGHTS]: large(SIZE),
	"pytorch_model.bin": large(1000),
	"model.gguf": large(1000),
	"onnx/model.onnx": large(1000),
};
export const TINY_FILES: readonly string[] = [
	"config.json",
	"generation_config.json",
	"model.safetensors",
	"tokenizer.json",
];

/** A hub, a directory to be, the waits a pull asked for, and the pull. */
export interface Setup {
	readonly hub: HubDouble;
	readonly directory: string;
	readonly waits: number[];
	pull(over?: Partial<PullOptions>): Promise<PulledModel>;
}

/** A hub with `entries`, closed after the test. */
export async function setUp(t: TestContext, entries: Readonly<Record<string, Entry>> = TINY): Promise<Setup> {
	const hub = await startHub(entries);
	t.after(() => hub.close());
	const directory = join(root, `model-${count++}`);
	const waits: number[] = [];
	const timing = {
		idleTimeoutMs: 20_000,
		wait: async (ms: number): Promise<void> => void waits.push(ms),
		random: () => 0.5,
	};
	const options = { repo: hub.repo, directory, endpoint: hub.endpoint, token: TOKEN, timing };
	return { hub, directory, waits, pull: (over) => pullModel({ ...options, ...over }) };
}

/** Names in a directory, all or without hidden ones. */
export const files = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory).sort() : []);
export const visible = (directory: string): string[] => files(directory).filter((name) => !name.startsWith("."));
/** Whether a request asks for a file, at the storage unless said. */
export const isFile =
	(name: string, at: Seen["at"] = "storage") =>
	(seen: Seen): boolean =>
		seen.file === name && seen.at === at;
/** A rule without end. */
export const always =
	(matches: (seen: Seen) => boolean, fault: Fault) =>
	(seen: Seen): Fault | undefined =>
		matches(seen) ? fault : undefined;

/** Every file in the directory has the hub's content. */
export function sameAsListed(hub: HubDouble, directory: string): void {
	assert.ok(visible(directory).length > 0);
	for (const name of visible(directory))
		assert.ok(readFileSync(join(directory, name)).equals(hub.entries.get(name)!.content), name);
}

/** The error a pull ends with. No error, whatever it says, may hold the token or a signed address. */
export async function failure(pulling: Promise<unknown>): Promise<SluiceError> {
	const error = await pulling.then(
		() => assert.fail("the pull succeeded"),
		(error: unknown) => error,
	);
	assert.ok(error instanceof SluiceError, inspect(error));
	for (const shown of [inspect(error, { depth: 10, showHidden: true }), error.detail])
		assert.ok(!shown.includes(TOKEN) && !shown.includes("s3cret"));
	return error;
}

/** Stalls a file after `bytes` and cuts the connection once they have arrived. */
export function cutAt(hub: HubDouble, file: string, bytes: number): (progress: PullProgress) => void {
	hub.rules.push(first(1, isFile(file), { stallAfter: bytes }));
	const others = [...hub.entries].filter(([name]) => TINY_FILES.includes(name) && name !== file);
	const before = others.reduce((sum, [, { content }]) => sum + content.byteLength, 0);
	let cut = false;
	return (progress) => {
		if (cut || progress.bytes < before + bytes) return;
		cut = true;
		hub.cut();
	};
}
