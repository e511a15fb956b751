/** `sluice generate`: continues a prompt, or answers it as a user's turn, and writes the text as it comes. */
import { readConfig } from "../config.ts";
import { isSluiceError, SluiceError } from "../errors.ts";
import type { GenerationResult, TextDelta, TextStream } from "../generator/index.ts";
import { type CliContext, EXIT } from "./context.ts";
import { addGenerationFlags, type GenerationFlags, toTextOptions } from "./generation-flags.ts";
import { readText } from "./read-text.ts";
import type { Register } from "./register.ts";

interface GenerateFlags extends GenerationFlags {
	readonly prompt?: string;
	readonly chat?: boolean;
	readonly json?: boolean;
	readonly weights?: string;
	readonly threads?: string;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Adds the command. */
export const registerGenerate: Register = (program, context, finish) => {
	const command = program
		.command("generate")
		.description("continue a text with a generative model")
		.argument("<model>", "model directory")
		.option(
			"--prompt <text>",
			"the text to continue; read from stdin (UTF-8, one final line break dropped) when left out",
		)
		.option("--chat", "wrap the prompt as a user's turn and answer it");
	addGenerationFlags(command)
		.option("--json", "print a line of JSON per piece of text, and one with the result")
		.option("--weights <format>", "weight format: f32, q8 or q4 (a converted directory's own, else SLUICE_WEIGHTS)")
		.option("--threads <n>", "inference threads (SLUICE_THREADS)")
		.action(async (model: string, flags: GenerateFlags) => {
			const { weights, threads, json = false } = flags;
			const options = toTextOptions(flags);
			if (flags.logprobs !== undefined && !json)
				throw new SluiceError("invalid_request", { detail: "--logprobs needs --json" });
			const config = readConfig({ model, weights, threads }, context.env);
			const prompt = flags.prompt ?? (await readText(context, config.maxCharacters));
			if (prompt === "") throw new SluiceError("invalid_request", { detail: "the prompt is empty" });
			const input = flags.chat ? [{ role: "user" as const, content: prompt }] : prompt;
			const generator = await context.openGenerator(config, weights === undefined ? undefined : config.weights);
			try {
				const done = await untilSignal((signal) => {
					const write = createWriter(context, { json, logprobs: flags.logprobs !== undefined });
					return writeText(generator.generate(input, { ...options, signal }), write);
				});
				if (!done) finish(EXIT.interrupted);
			} finally {
				await generator.close();
			}
		});
};

/** Runs with a signal that the first Ctrl-C aborts; a second one ends the process. */
async function untilSignal<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
	const stop = new AbortController();
	const onSignal = (): void => {
		for (const signal of SIGNALS) process.removeListener(signal, onSignal);
		stop.abort();
	};
	for (const signal of SIGNALS) process.on(signal, onSignal);
	try {
		return await run(stop.signal);
	} finally {
		for (const signal of SIGNALS) process.removeListener(signal, onSignal);
	}
}

/** What of a generation is shown. Times in milliseconds, from the call. */
interface Figures {
	readonly tokens: number;
	readonly firstTokenMs: number | undefined;
	/** After the first piece of text. */
	readonly tokensPerSecond: number | undefined;
}

interface Writer {
	piece(delta: TextDelta): void;
	/** `result` is left out where the user interrupted. */
	end(result: GenerationResult | undefined, figures: Figures): void;
	/** Leaves the line that the text was on. */
	fail(): void;
}

/** Writes all of a stream; false where it was interrupted. */
async function writeText(stream: TextStream, write: Writer): Promise<boolean> {
	const began = performance.now();
	let first: { ms: number; tokens: number } | undefined;
	let tokens = 0;
	let result: GenerationResult | undefined;
	try {
		for await (const delta of stream) {
			tokens += delta.tokens.length;
			first ??= { ms: performance.now() - began, tokens };
			write.piece(delta);
		}
		result = await stream.finished;
	} catch (error) {
		if (!isSluiceError(error) || error.code !== "aborted") {
			write.fail();
			throw error;
		}
	}
	tokens = result?.usage.completionTokens ?? tokens;
	const restSeconds = first && (performance.now() - began - first.ms) / 1000;
	const rest = tokens - (first?.tokens ?? tokens);
	const tokensPerSecond = rest > 0 && restSeconds ? rest / restSeconds : undefined;
	write.end(result, { tokens, firstTokenMs: first?.ms, tokensPerSecond });
	return result !== undefined;
}

function createWriter(context: CliContext, { json, logprobs }: { json: boolean; logprobs: boolean }): Writer {
	const { stdoutInteractive = false, stderr } = context;
	const write = (text: string): void => context.stdout(stdoutInteractive ? escapeControls(text) : text);
	let open = false;
	const leaveLine = (): void => {
		if (open && stdoutInteractive) context.stdout("\n");
		open = false;
	};
	return {
		piece(delta) {
			write(json ? `${JSON.stringify(toJson(delta, logprobs))}\n` : delta.text);
			open = !json && (delta.text === "" ? open : !delta.text.endsWith("\n"));
		},
		end(result, figures) {
			leaveLine();
			if (json) write(`${JSON.stringify({ ...(result ?? { reason: "interrupted" }), ...figures })}\n`);
			stderr(toStatsLine(result, figures));
		},
		fail: leaveLine,
	};
}

/** A piece for --json: ids alone, or what is known of each token. */
function toJson({ text, start, end, tokens }: TextDelta, logprobs: boolean): object {
	const toToken = ({ id, logprob, top }: TextDelta["tokens"][number]): object => ({ id, logprob, top });
	return { text, start, end, tokens: tokens.map((token) => (logprobs ? toToken(token) : token.id)) };
}

function toStatsLine(result: GenerationResult | undefined, { tokens, firstTokenMs, tokensPerSecond }: Figures): string {
	const parts = [
		`${tokens} tokens`,
		tokensPerSecond === undefined ? undefined : `${tokensPerSecond.toFixed(1)} tokens/s`,
		firstTokenMs === undefined ? undefined : `first after ${firstTokenMs.toFixed(0)} ms`,
		result?.reason ?? "interrupted",
		result && `seed ${result.seed}`,
	];
	return `${parts.filter((part) => part !== undefined).join(", ")}\n`;
}

/** Control characters as \u escapes, which JSON reads back; a terminal would obey them. Line breaks and tabs stay. */
function escapeControls(text: string): string {
	return text.replaceAll(/[^\P{Cc}\n\t]/gu, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
