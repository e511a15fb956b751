/** `sluice pull`: a model from a Hugging Face hub into a directory, converted beside it. */
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { type Config, readConfig } from "../config.ts";
import { type PulledModel, type PullOptions, pullModel } from "../weights/hub.ts";
import type { CliContext, WeightFormat } from "./context.ts";
import { createProgress } from "./progress.ts";
import type { Register } from "./register.ts";
import { createRateMeter, formatTransfer } from "./transfer.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** Bytes a conversion writes at least, per byte of weights: those may be as wide as 32 bits. */
const CONVERTED_SIZE: Readonly<Record<WeightFormat, number>> = { f32: 1, q8: 0.25, q4: 0.125 };

interface PullFlags {
	readonly revision?: string;
	readonly weights?: string;
	readonly convert: boolean;
}

/** Adds the command. */
export const registerPull: Register = (program, context) => {
	program
		.command("pull")
		.description("download a model from a Hugging Face hub and convert it")
		.argument("<repo>", "owner/name on the hub, e.g. google/shieldgemma-2b")
		.argument("[dir]", "where to (a folder of the cache); the conversion goes to DIR-<format>")
		.option("--revision <rev>", "branch, tag or commit (main)")
		.option("--weights <format>", "weight format to convert to: f32, q8 or q4 (SLUICE_WEIGHTS)")
		.option("--no-convert", "download only")
		.addHelpText("after", "\nA stopped download goes on when the same command is given again.")
		.action(async (repo: string, dir: string | undefined, flags: PullFlags) => {
			const config = readConfig({ weights: flags.weights }, context.env);
			const directory = dir === undefined ? await toCachePlace(repo, config) : resolve(dir);
			const { files, ...pulled } = await fetchModel(context, config, { repo, directory, ...flags });
			const converted = flags.convert ? await convert(context, config, directory) : undefined;
			const model = converted?.out ?? directory;
			const next = suggestCommands(program, { model, files, weights: config.weights });
			context.stdout(`${JSON.stringify({ ...pulled, ...converted, next })}\n`);
		});
};

async function toCachePlace(repo: string, config: Config): Promise<string> {
	return join(await cacheDirectory(config), "models", repo.replace("/", "--"));
}

async function cacheDirectory(config: Config): Promise<string> {
	const { defaultCacheDirectory } = await import("../engine/converted-directory.ts");
	return resolve(config.cacheDir ?? defaultCacheDirectory());
}

/** Downloads until done, or until Ctrl-C, which leaves what the next call goes on from. */
async function fetchModel(
	context: CliContext,
	config: Config,
	{ convert: converts, revision, repo, directory }: PullFlags & { repo: string; directory: string },
): Promise<PulledModel> {
	const stop = new AbortController();
	const onSignal = (): void => stop.abort();
	const progress = createProgress(context);
	const measure = createRateMeter();
	const onProgress: PullOptions["onProgress"] = ({ bytes, totalBytes }) =>
		progress.show(formatTransfer({ bytes, totalBytes, bytesPerSecond: measure(bytes) }));
	// A model nobody can convert is told before gigabytes of it are fetched.
	const checkConfig = converts ? (await import("../architectures/index.ts")).planModel : undefined;
	for (const signal of SIGNALS) process.once(signal, onSignal);
	try {
		const { hfEndpoint: endpoint, hfToken: token, weights } = config;
		const spareRoom = converts ? CONVERTED_SIZE[weights] : 0;
		const { signal } = stop;
		return await pullModel({ repo, directory, revision, endpoint, token, signal, onProgress, checkConfig, spareRoom });
	} finally {
		progress.end();
		for (const signal of SIGNALS) process.removeListener(signal, onSignal);
	}
}

interface Conversion {
	readonly out: string;
	readonly weights: WeightFormat;
}

/** Converts unless the same was converted before. */
async function convert(context: CliContext, config: Config, directory: string): Promise<Conversion> {
	const { weights } = config;
	const out = `${directory}-${weights}`;
	const { createDigestCache, hashModel, isConverted, readManifest } = await import("../convert/index.ts");
	const cache = createDigestCache(join(await cacheDirectory(config), "digests"));
	const earlier = isConverted(out) ? await readManifest(out).catch(() => undefined) : undefined;
	const isDone = earlier?.weights === weights && earlier.hash === (await hashModel(directory, weights, { cache }));
	if (isDone) return { out, weights };
	const progress = createProgress(context);
	const onProgress = (done: number, total: number): void => progress.show(`converting: ${done} of ${total} tensors`);
	await context.convertModel(directory, out, { weights, onProgress }).finally(() => progress.end());
	return { out, weights };
}

/** How to go on, as far as this program and the model have it: only a classifier can be served. */
function suggestCommands(
	program: Command,
	{ model, files, weights }: { model: string; files: readonly string[]; weights: WeightFormat },
): Record<string, string> {
	const word = /^[\w./@+-]+$/.test(model) ? model : `'${model.replaceAll("'", "'\\''")}'`;
	const suggestions: Record<string, string> = {};
	if (files.includes("heads.json")) suggestions.serve = `sluice serve --model ${word} --weights ${weights}`;
	if (program.commands.some((command) => command.name() === "generate"))
		suggestions.generate = `sluice generate ${word} --prompt "…"`;
	return suggestions;
}
