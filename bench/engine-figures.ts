/** The engine's figures for docs/models.md, from the results of the benches on it. */

interface Row {
	readonly kind: "prefill" | "decode";
	readonly tokens: number;
	readonly side: string;
	readonly ms: number;
	readonly floorMs: number;
}

/** bench/results/engine.json. */
export interface EngineResult {
	readonly machine: {
		readonly cpu: string;
		readonly family: string;
		readonly versions: Readonly<Record<string, string>>;
	};
	readonly run: { readonly shape: string; readonly layers: number; readonly rounds: number };
	readonly ratios: readonly { readonly what: string; readonly ratio: number }[];
	readonly rows: readonly Row[];
	readonly loads: readonly { readonly side: string; readonly ms: number }[];
	readonly memory: readonly { readonly side: string; readonly peak: number }[];
}

/** bench/results/streams.json. */
export interface StreamsResult {
	readonly rows: readonly { weights: string; streams: number; tokensPerSecond: number; ratio: number }[];
}

/** bench/results/policies.json. */
export interface PoliciesResult {
	readonly run: { readonly layers: number };
	readonly rows: readonly Readonly<Record<string, string | number>>[];
	readonly llama?: {
		readonly format: string;
		readonly content: number;
		readonly policies: number;
		readonly ratio: number;
	};
}

/** bench/results/recurrent.json. */
export interface RecurrentResult {
	readonly run: { readonly layers: number };
	readonly decoding: readonly Readonly<Record<string, number>>[];
}

/** bench/results/sessions.json. */
export interface SessionsResult {
	readonly rows: readonly { readonly model: string; readonly cycles: number; readonly changePercent: number }[];
}

/** Markdown lines. */
export function engineLines({ machine, run, rows, loads, memory }: EngineResult): string[] {
	const sides = memory.map(({ side }) => side);
	const loadOf = (side: string): string => ((loads.find((load) => load.side === side)?.ms ?? 0) / 1000).toFixed(1);
	const tests = [...new Map(rows.map((row) => [`${row.kind} ${row.tokens}`, row])).entries()];
	const cells = (kind: string, tokens: number): string[] =>
		sides.map((side) =>
			rows.find((row) => row.side === side && row.kind === kind && row.tokens === tokens)!.ms.toFixed(0),
		);
	return [
		`${machine.cpu} (${machine.family}), 2 threads each, ${run.layers} layers of the ${run.shape} shape with random weights,`,
		`onnxruntime-node ${machine.versions["onnxruntime-node"]} and llama.cpp by node-llama-cpp ${machine.versions["node-llama-cpp"]}, medians of`,
		`${run.rounds} interleaved rounds (\`npm run bench -- bench/engine.ts\`). Milliseconds; decoding per token:`,
		"",
		`| | ${sides.join(" | ")} | least possible at int8 |`,
		`|---|${sides.map(() => "---|").join("")}---|`,
		...tests.map(
			([name, { kind, tokens, floorMs }]) => `| ${name} | ${cells(kind, tokens).join(" | ")} | ${floorMs.toFixed(0)} |`,
		),
		`| load again, s | ${sides.map(loadOf).join(" | ")} | |`,
		`| peak memory, MB | ${memory.map(({ peak }) => peak).join(" | ")} | |`,
	];
}

export function streamsLines({ rows }: StreamsResult): string[] {
	const streams = [...new Set(rows.map((row) => row.streams))];
	const weights = [...new Set(rows.map((row) => row.weights))];
	const cell = (kind: string, count: number): string => {
		const { tokensPerSecond, ratio } = rows.find((row) => row.weights === kind && row.streams === count)!;
		return `${tokensPerSecond.toFixed(0)} (${ratio.toFixed(1)}x)`;
	};
	return [
		"Tokens per second of streams that run at the same time, and as a multiple of one (`npm run bench -- bench/streams.ts`):",
		"",
		`| weights | ${streams.map((count) => `${count}`).join(" | ")} |`,
		`|---|${streams.map(() => "---|").join("")}`,
		...weights.map((kind) => `| ${kind} | ${streams.map((count) => cell(kind, count)).join(" | ")} |`),
	];
}

export function recurrentLines({ run, decoding }: RecurrentResult): string[] {
	const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
	return [
		`RecurrentGemma-2B's shape beside a Transformer of its size with global attention, ${run.layers} layers each, milliseconds per`,
		"token and megabytes of state (`npm run bench -- bench/recurrent.ts`):",
		"",
		"| context | recurrent ms | MB | Transformer ms | MB |",
		"|---|---|---|---|---|",
		...decoding.map(
			(row) =>
				`| ${row.context} | ${row["recurrent ms"]!.toFixed(1)} | ${mb(row["recurrent state bytes"]!)} | ${row["transformer ms"]!.toFixed(1)} | ${mb(row["transformer state bytes"]!)} |`,
		),
	];
}

export function policiesLines({ run, rows, llama }: PoliciesResult): string[] {
	const of = (way: string): readonly Readonly<Record<string, string | number>>[] =>
		rows.filter((row) => row.way === way);
	const find = (
		way: string,
		like: Readonly<Record<string, string | number>>,
	): Readonly<Record<string, string | number>> =>
		of(way).find((row) => row.content === like.content && row.policies === like.policies)!;
	const number = (value: unknown): string => Number(value).toFixed(2);
	const beside =
		llama === undefined
			? []
			: [
					"",
					`The same ${llama.policies} prompts of ${llama.content} tokens take llama.cpp ${llama.format} ${llama.ratio.toFixed(1)} times as long.`,
				];
	return [
		`Several policies of one text on one prefill, ${run.layers} layers of the Gemma-2-2B shape with random weights, int8; as multiples of the`,
		"time for the tokens that differ, of one policy, and of separate prompts (`npm run bench -- bench/policies.ts`):",
		"",
		"| tokens of the text | policies | of distinct tokens | of one policy | separate / this | policy first: separate / this |",
		"|---|---|---|---|---|---|",
		...of("plan").map(
			(row) =>
				`| ${row.content} | ${row.policies} | ${number(row["of floor"])} | ${number(row["of one policy"])} | ${number(row["separate / this"])} | ${number(find("policy-first", row)["separate / this"])} |`,
		),
		...beside,
	];
}

export function sessionsLines({ rows }: SessionsResult): string[] {
	return rows.map(
		({ model, cycles, changePercent }) =>
			`- ${cycles} sessions opened and closed (${model}): resident memory changes by ${changePercent.toFixed(1)} %.`,
	);
}
