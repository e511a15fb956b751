/** `sluice inspect`: what a model directory holds, without loading its weights. */
import type { ModelFacts } from "../convert/index.ts";
import { formatBytes } from "../weights/byte-count.ts";
import type { Register } from "./register.ts";

interface InspectFlags {
	readonly json?: boolean;
	readonly tensors?: boolean;
	readonly hashes?: boolean;
}

/** Contexts for which the memory of a session is told, in tokens. */
const CONTEXTS = [1024, 8192] as const;

/** Bytes that a session's caches take: at the start, per further token until windows are full, after so many tokens. */
interface SessionFacts {
	readonly fixedBytes: number;
	readonly bytesPerToken: number;
	readonly bytesAt: Readonly<Record<string, number>>;
}

/** Adds the command. */
export const registerInspect: Register = (program, context) => {
	program
		.command("inspect")
		.description("show what a model directory holds: sizes, tensors, files, memory per session")
		.argument("<model>", "model directory, Hugging Face or converted layout")
		.option("--json", "print JSON")
		.option("--tensors", "list the tensors too")
		.option("--hashes", "hash large files too, which reads them")
		.action(async (model: string, { json, tensors: all, hashes = false }: InspectFlags) => {
			const { inspectModel } = await import("../convert/index.ts");
			const { tensors, ...facts } = await inspectModel(model, { hashes });
			const session = await measureSession(facts);
			if (json) {
				const shown = { ...facts, session, ...(all && { tensors }) };
				return context.stdout(`${JSON.stringify(shown, undefined, "\t")}\n`);
			}
			const lines = [...describe(facts), ...describeSession(facts, session), "", ...listFiles(facts)];
			if (all) lines.push("", ...listTensors(tensors));
			context.stdout(`${lines.join("\n")}\n`);
		});
};

type Facts = Omit<ModelFacts, "tensors">;

async function measureSession({ layout, caches, keyValues, slots }: Facts): Promise<SessionFacts> {
	const { sessionBytes } = await import("../engine/session-bytes.ts");
	const carried =
		layout === "rows" ? ({ kind: "rows", caches } as const) : ({ kind: "slots", keyValues, slots } as const);
	const perToken =
		layout === "rows"
			? sessionBytes(carried, 1) - sessionBytes(carried, 0)
			: keyValues.reduce((sum, { heads, size }) => sum + 2 * 4 * heads * size, 0);
	return {
		fixedBytes: sessionBytes(carried, 0),
		bytesPerToken: perToken,
		bytesAt: Object.fromEntries(CONTEXTS.map((tokens) => [tokens, sessionBytes(carried, tokens)])),
	};
}

function describe(facts: Facts): string[] {
	const { model_type, layers, hiddenSize, vocabSize, contextSize, parameters, weightBytes, labels, headRows } = facts;
	const sizes = Object.entries(weightBytes).map(([kind, bytes]) => `${kind} ${formatBytes(bytes)}`);
	const made = facts.kind === "converted" ? `converted, embedding scale ${facts.embeddingScale}` : "Hugging Face";
	const rows: [string, string][] = [
		["architecture", `${model_type} (${made})`],
		["layers", `${layers}, width ${hiddenSize}, vocabulary ${vocabSize}`],
		["context", contextSize === undefined ? "any length" : `${contextSize} tokens`],
		["parameters", parameters.toLocaleString("en")],
		["weights", sizes.join(", ")],
	];
	if (facts.hash !== undefined) rows.push(["content hash", facts.hash]);
	if (headRows > 0) rows.push(["heads", labels?.join(", ") ?? `${headRows} rows`]);
	return rows.map(([name, value]) => `${name.padEnd(13)} ${value}`);
}

function describeSession({ keyValues, caches }: Facts, { fixedBytes, bytesPerToken, bytesAt }: SessionFacts): string[] {
	const windows = [...keyValues.map(({ window }) => window), ...caches.map(({ maxPast }) => maxPast)];
	const widths = [...new Set(windows.filter((window) => window !== undefined))];
	const until = widths.length === 0 ? "" : `, less beyond windows of ${widths.join(", ")} tokens`;
	const at = CONTEXTS.map((tokens) => `${formatBytes(bytesAt[tokens]!)} at ${tokens} tokens`);
	return [
		`${"session".padEnd(13)} ${formatBytes(fixedBytes)} fixed, ${formatBytes(bytesPerToken)} per token${until}`,
		`${"".padEnd(13)} ${at.join(", ")}`,
	];
}

function listFiles({ files }: Facts): string[] {
	return toTable(files.map(({ name, bytes, sha256 }) => [name, formatBytes(bytes), sha256 ?? "(--hashes)"]));
}

function listTensors(tensors: ModelFacts["tensors"]): string[] {
	return toTable(
		tensors.map(({ name, dtype, shape, bytes }) => [name, dtype, `[${shape.join(", ")}]`, formatBytes(bytes)]),
	);
}

function toTable(rows: readonly (readonly string[])[]): string[] {
	const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
	return rows.map((row) =>
		row
			.map((cell, column) => cell.padEnd(widths[column]!))
			.join("  ")
			.trimEnd(),
	);
}
