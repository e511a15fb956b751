import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { OpenedGenerator } from "../../src/cli/context.ts";
import { SluiceError } from "../../src/errors.ts";
import type { GenerationResult, TextDelta, TextOptions, TextStream } from "../../src/generator/index.ts";
import { type Outcome, type RunOptions, run } from "./harness.ts";

const RESULT: GenerationResult = { reason: "length", seed: 77, usage: { promptTokens: 3, completionTokens: 2 } };

/** A generator that says what it is told; `before` runs before each piece. */
interface Script {
	readonly pieces?: readonly string[];
	readonly result?: GenerationResult;
	readonly before?: (piece: number, options: TextOptions) => void;
}

interface Call {
	readonly prompt: unknown;
	readonly options: TextOptions;
}

interface Ran extends Outcome {
	readonly calls: readonly Call[];
	readonly opened: readonly unknown[];
	readonly closes: number;
}

function createFakeGenerator({ pieces = ["Hello", " world"], result = RESULT, before }: Script, calls: Call[]) {
	const generate = (prompt: unknown, options: TextOptions): TextStream => {
		calls.push({ prompt, options });
		async function* read(): AsyncGenerator<TextDelta> {
			let start = 0;
			for (const [index, text] of pieces.entries()) {
				before?.(index, options);
				if (options.signal?.aborted) throw new SluiceError("aborted", { detail: "the caller went away" });
				const end = start + text.length;
				const token = { id: index, index, logprob: -1, top: [{ id: 9, logprob: -0.1 }], start, end };
				yield { text, start, end, tokens: [token] };
				start = end;
			}
		}
		return { finished: Promise.resolve(result), [Symbol.asyncIterator]: read };
	};
	return { generate };
}

async function generate(argv: readonly string[], script: Script = {}, options: RunOptions = {}): Promise<Ran> {
	const calls: Call[] = [];
	const opened: unknown[] = [];
	let closes = 0;
	const openGenerator = async (
		config: { model: string; weights: string; threads: number },
		weights: string | undefined,
	): Promise<OpenedGenerator> => {
		opened.push([config.model, config.weights, config.threads, weights]);
		return {
			...createFakeGenerator(script, calls),
			close: async () => {
				closes++;
			},
		};
	};
	const outcome = await run(["generate", ...argv], { ...options, context: { ...options.context, openGenerator } });
	return { ...outcome, calls, opened, closes };
}

describe("sluice generate", () => {
	it("writes the text as it comes, and one line of figures on stderr", async () => {
		const { exitCode, stdout, stderr, closes, calls } = await generate(["/m", "--prompt", "Say hello"]);
		assert.equal(stdout, "Hello world");
		assert.match(stderr, /^2 tokens, [\d.]+ tokens\/s, first after \d+ ms, length, seed 77\n$/);
		assert.deepEqual([exitCode, closes], [0, 1]);
		assert.equal(calls[0]?.prompt, "Say hello");
	});
	it("hands over every option", async () => {
		const flags =
			"--max-tokens 5 --temperature 0.5 --top-k 9 --top-p .9 --min-p 0.1 --repetition-penalty 1.2 --seed -4 --logprobs 3 --json";
		const { calls } = await generate(["/m", "--prompt", "x", ...flags.split(" "), "--stop", "\n\n", "--stop", "User:"]);
		const { signal, ...options } = calls[0]!.options;
		assert.ok(signal instanceof AbortSignal);
		assert.deepEqual(options, {
			maxTokens: 5,
			temperature: 0.5,
			topK: 9,
			topP: 0.9,
			minP: 0.1,
			repetitionPenalty: 1.2,
			seed: -4,
			topLogprobs: 3,
			stop: ["\n\n", "User:"],
		});
	});
	it("opens the model with the weights named; a converted one may keep its own where none are", async () => {
		const env = { SLUICE_WEIGHTS: "q4", SLUICE_THREADS: "3" };
		assert.deepEqual((await generate(["/m", "--prompt", "x"], {}, { env })).opened, [["/m", "q4", 3, undefined]]);
		const named = await generate(["/m", "--prompt", "x", "--weights", "f32", "--threads", "1"], {}, { env });
		assert.deepEqual(named.opened, [["/m", "f32", 1, "f32"]]);
	});
	it("--chat makes the prompt a user's turn", async () => {
		const { calls } = await generate(["/m", "--chat"], {}, { stdin: [new TextEncoder().encode("Hi\nthere\n")] });
		assert.deepEqual(calls[0]?.prompt, [{ role: "user", content: "Hi\nthere" }]);
	});
	it("--json prints a line per piece and one with the result", async () => {
		const lines = (await generate(["/m", "--prompt", "x", "--json"])).stdout.trimEnd().split("\n");
		const [first, second, last] = lines.map((line) => JSON.parse(line));
		assert.deepEqual(first, { text: "Hello", start: 0, end: 5, tokens: [0] });
		assert.deepEqual(second, { text: " world", start: 5, end: 11, tokens: [1] });
		const { firstTokenMs, tokensPerSecond, ...result } = last;
		assert.ok(firstTokenMs >= 0 && tokensPerSecond > 0);
		assert.deepEqual(result, { ...RESULT, tokens: 2 });
		const detailed = await generate(["/m", "--prompt", "x", "--json", "--logprobs", "1"]);
		assert.deepEqual(JSON.parse(detailed.stdout.split("\n")[0]!).tokens, [
			{ id: 0, logprob: -1, top: [{ id: 9, logprob: -0.1 }] },
		]);
	});
	it("no control character reaches a terminal; a pipe gets the text as it is", async () => {
		const pieces = ["a\u001b[2J\u0007", "\r\n\tb\u007f\u009b1m\u0000é"];
		const piped = await generate(["/m", "--prompt", "x"], { pieces });
		assert.equal(piped.stdout, pieces.join(""));
		const terminal = { context: { stdoutInteractive: true } };
		const shown = await generate(["/m", "--prompt", "x"], { pieces }, terminal);
		assert.equal(shown.stdout, "a\\u001b[2J\\u0007\\u000d\n\tb\\u007f\\u009b1m\\u0000é\n");
		const json = await generate(["/m", "--prompt", "x", "--json"], { pieces }, terminal);
		assert.doesNotMatch(json.stdout, /[^\P{Cc}\n]/u);
		assert.equal(JSON.parse(json.stdout.split("\n")[1]!).text, pieces[1]);
	});
	it("Ctrl-C ends the text at once, with figures and exit code 130", async () => {
		const before = (piece: number): void => void (piece === 1 && process.emit("SIGINT"));
		const listeners = process.listenerCount("SIGINT");
		const { exitCode, stdout, stderr, closes } = await generate(["/m", "--prompt", "x"], { before });
		assert.deepEqual([exitCode, stdout, closes], [130, "Hello", 1]);
		assert.match(stderr, /^1 tokens, first after \d+ ms, interrupted\n$/);
		assert.equal(process.listenerCount("SIGINT"), listeners);
	});
	it("a failure in mid-text is told after the text, on a line of its own", async () => {
		const before = (piece: number): void => {
			if (piece === 1) throw new SluiceError("inference_failed", { detail: "the model stopped" });
		};
		const { exitCode, stdout, stderr, closes } = await generate(
			["/m", "--prompt", "x"],
			{ before },
			{ context: { stdoutInteractive: true } },
		);
		assert.deepEqual([exitCode, stdout, stderr, closes], [3, "Hello\n", "sluice: the model stopped\n", 1]);
	});
	it("exits 2 with one sentence for flags that do not fit, before a model is opened", async () => {
		const cases: [string[], RegExp][] = [
			[[], /missing required argument 'model'/],
			[["/m", "--prompt", ""], /the prompt is empty/],
			[["/m"], /the prompt is empty/],
			[["/m", "--prompt", "x", "--max-tokens", "0"], /--max-tokens must be a whole number from 1 up/],
			[["/m", "--prompt", "x", "--temperature", "warm"], /--temperature must be a number/],
			[["/m", "--prompt", "x", "--temperature="], /--temperature must be a number/],
			[["/m", "--prompt", "x", "--top-p", "1.5"], /--top-p must be a number from 0 to 1/],
			[["/m", "--prompt", "x", "--json", "--logprobs", "21"], /--logprobs must be a whole number from 0 to 20/],
			[["/m", "--prompt", "x", "--logprobs", "2"], /--logprobs needs --json/],
			[["/m", "--prompt", "x", "--weights", "q2"], /--weights must be one of/],
			[["/m", "--prompt", "x", "extra"], /too many arguments/],
		];
		for (const [argv, sentence] of cases) {
			const { exitCode, stderr, stdout, opened } = await generate(argv);
			assert.match(stderr, sentence);
			assert.match(stderr, /^sluice: .*\n$/);
			assert.deepEqual([exitCode, stdout, opened], [2, "", []], argv.join(" "));
		}
	});
});
