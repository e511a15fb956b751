/**
 * The rules of the house as functions from files to complaints. Each complaint names the file and, where there is one,
 * the line. The rules know the layout (docs/architecture.md draws the same picture) but read no disk.
 */
import { posix } from "node:path";
import { findImports, type Import, lineAt, type Source, scanSource } from "./source-scan.ts";

/** A file of the repository: path with forward slashes relative to the root, and its text. */
export interface SourceFile {
	readonly path: string;
	readonly text: string;
}

/** Layer of every entry of src/ and of workers/. A file imports from lower layers and from its own folder only. */
export const LAYERS: Readonly<Record<string, number>> = {
	"types.ts": 0,
	"errors.ts": 0,
	"log.ts": 0,
	"config.ts": 1,
	onnx: 1,
	weights: 1,
	tokenizer: 1,
	queue: 1,
	store: 1,
	architectures: 2,
	keys: 2,
	convert: 3,
	engine: 4,
	scorers: 5,
	generator: 5,
	trace: 1,
	"moderator.ts": 6,
	metrics: 8,
	audit: 8,
	shadow: 9,
	replay: 9,
	policies: 1,
	evaluate: 7,
	scan: 7,
	dispatch: 7,
	batch: 7,
	guard: 7,
	chat: 8,
	http: 9,
	edge: 10,
	cli: 10,
	"index.ts": 10,
	workers: 11,
};

/** Packages and Node modules that stand behind named places; `src/` alone means anywhere in src and workers. */
export const HEAVY_IMPORTS: Readonly<Record<string, readonly string[]>> = {
	"onnxruntime-node": ["src/engine/onnxruntime.ts"],
	"onnxruntime-common": ["src/engine/onnxruntime.ts"],
	hono: ["src/http/", "src/edge/", "src/guard/adapters/hono.ts", "workers/"],
	"@hono/node-server": ["src/http/"],
	"@hono/zod-openapi": ["src/http/", "workers/"],
	yaml: ["src/policies/"],
	pino: ["src/log.ts"],
	"rate-limiter-flexible": ["src/http/"],
	commander: ["src/cli/"],
	"xz-decompress": ["src/cli/"],
	zod: ["src/", "workers/"],
	"prom-client": ["src/metrics/"],
	"@opentelemetry/api": ["src/trace/"],
	bullmq: ["src/queue/"],
	ioredis: ["src/queue/"],
	"node:sqlite": ["src/queue/sqlite/", "src/store/"],
	"node:worker_threads": ["src/engine/", "workers/"],
	"node:child_process": ["src/engine/packing-process.ts"],
};

const MAX_LINES = 500;
const MAX_WORKER_LINES = 60;
const MAX_HEADER_LINES = 8;

const scans = new WeakMap<SourceFile, Source>();

function scan(file: SourceFile): Source {
	const known = scans.get(file);
	if (known !== undefined) return known;
	const source = scanSource(file.text);
	scans.set(file, source);
	return source;
}

function complain(file: SourceFile, offset: number, words: string): string {
	return `${file.path}:${lineAt(file.text, offset)} ${words}`;
}

/** "engine" for src/engine/x.ts, "types.ts" for src/types.ts, "workers" for workers/x.ts. */
function roomOf(path: string): string | undefined {
	const [top, second] = path.split("/");
	return top === "src" ? second : top === "workers" ? top : undefined;
}

function resolveImport(file: SourceFile, imported: Import): string | undefined {
	if (imported.specifier === undefined || !/^\.{1,2}\//.test(imported.specifier)) return undefined;
	return posix.join(posix.dirname(file.path), imported.specifier);
}

/** Each file stands in a listed room and imports only from lower layers or its own folder. */
export function checkLayers(files: readonly SourceFile[], layers: Readonly<Record<string, number>>): string[] {
	return files.flatMap((file) => {
		const room = roomOf(file.path);
		const layer = room === undefined ? undefined : layers[room];
		if (layer === undefined) return [`${file.path} stands in no listed layer`];
		return findImports(scan(file)).flatMap((imported) => {
			if (imported.specifier === undefined)
				return [complain(file, imported.start, "imports a computed path, which no rule can check")];
			const target = resolveImport(file, imported);
			if (target === undefined) return [];
			const to = roomOf(target);
			if (to === room) return [];
			const level = to === undefined ? undefined : layers[to];
			if (level === undefined) return [complain(file, imported.start, `imports ${target}, outside every layer`)];
			if (level < layer) return [];
			return [complain(file, imported.start, `(layer ${layer}) imports ${target} (layer ${level})`)];
		});
	});
}

/** Every layer entry exists: the table draws no empty rooms. */
export function checkRoomsExist(files: readonly SourceFile[], layers: Readonly<Record<string, number>>): string[] {
	const rooms = new Set(files.map((file) => roomOf(file.path)));
	return Object.keys(layers).filter((room) => !rooms.has(room));
}

/** "hono" for hono/streaming, "@hono/node-server" for @hono/node-server/serve-static, "node:fs" for node:fs/promises. */
function packageOf(specifier: string): string {
	const parts = specifier.split("/");
	return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0]!;
}

/** Packages are imported only where the table allows it, and every package is in the table or is a light Node module. */
export function checkHeavyImports(
	files: readonly SourceFile[],
	allowed: Readonly<Record<string, readonly string[]>>,
): string[] {
	return files.flatMap((file) =>
		findImports(scan(file)).flatMap((imported) => {
			const { specifier, start } = imported;
			if (specifier === undefined || specifier.startsWith(".")) return [];
			const name = packageOf(specifier);
			const places = allowed[name];
			if (places === undefined)
				return name.startsWith("node:") ? [] : [complain(file, start, `imports ${name}, which is in no table`)];
			const fits = places.some((place) => (place.endsWith("/") ? file.path.startsWith(place) : file.path === place));
			return fits ? [] : [complain(file, start, `must not import ${name}`)];
		}),
	);
}

/** Import cycles, each as the chain of its files. Type imports count: a cycle of types is a cycle for the reader. */
export function findCycles(files: readonly SourceFile[]): string[] {
	const byPath = new Map(files.map((file) => [file.path, file]));
	const done = new Set<string>();
	const cycles: string[] = [];
	const visit = (path: string, chain: readonly string[]): void => {
		const seen = chain.indexOf(path);
		if (seen >= 0) cycles.push([...chain.slice(seen), path].join(" -> "));
		const file = byPath.get(path);
		if (seen >= 0 || file === undefined || done.has(path)) return;
		for (const imported of findImports(scan(file))) {
			const target = resolveImport(file, imported);
			if (target !== undefined) visit(target, [...chain, path]);
		}
		done.add(path);
	};
	for (const file of files) visit(file.path, []);
	return cycles;
}

/** Relative imports end in .ts and name a file that exists. */
export function checkImportPaths(files: readonly SourceFile[]): string[] {
	const known = new Set(files.map((file) => file.path));
	return files.flatMap((file) =>
		findImports(scan(file)).flatMap((imported) => {
			const target = resolveImport(file, imported);
			if (target === undefined || known.has(target)) return [];
			return [complain(file, imported.start, `imports ${target}, which is no source file`)];
		}),
	);
}

function findInCode(files: readonly SourceFile[], pattern: RegExp, words: string): string[] {
	return files.flatMap((file) =>
		[...scan(file).code.matchAll(pattern)].map((match) => complain(file, match.index, words)),
	);
}

const ANY_TYPE =
	/(?<=[:<|&]\s*|\b(?:as|extends|satisfies|keyof)\s+|\btype\s+\w+\s*=\s*)any\b(?!\s*\??\s*:)|(?<![.\w$])any(?=\s*\[\s*\]|\s*>)/g;

/** The type `any`, and comments that switch the type checker or that rule off. */
export function checkAny(files: readonly SourceFile[]): string[] {
	const off = /@ts-(?:ignore|nocheck)|biome-ignore[^\n]*noExplicitAny/;
	const comments = files.flatMap((file) =>
		scan(file)
			.comments.filter((comment) => off.test(comment.text))
			.map((comment) => complain(file, comment.start, "switches a check off")),
	);
	return [...findInCode(files, ANY_TYPE, "uses the type any"), ...comments];
}

/** Reads of the environment, by name or by import. */
export function checkEnvironment(files: readonly SourceFile[], readers: readonly string[]): string[] {
	const others = files.filter((file) => !readers.includes(file.path));
	const pattern = /\bprocess\s*(?:\?\.|\.)\s*env\b|\bprocess\s*\[|\bimport\b[^;]*\benv\b[^;]*\bfrom\b/g;
	return findInCode(others, pattern, "reads the environment");
}

/** Calls of console outside the places that talk to a person. */
export function checkConsole(files: readonly SourceFile[], places: readonly string[]): string[] {
	const others = files.filter((file) => !places.some((place) => file.path.startsWith(place)));
	return findInCode(others, /(?<![.\w$])console\s*(?:\?\.|\.|\[)/g, "writes to the console");
}

/** Comments that put work off. Python and shell files are searched as a whole. */
export function checkPutOff(files: readonly SourceFile[]): string[] {
	const marks = /\b(?:TODO|FIXME|XXX|HACK)\b/;
	return files.flatMap((file) => {
		const parsed = /\.(?:ts|cjs)$/.test(file.path);
		const pieces = parsed ? scan(file).comments : [{ start: 0, text: file.text }];
		return pieces
			.filter((piece) => marks.test(piece.text))
			.map((piece) => complain(file, piece.start + piece.text.search(marks), "puts work off"));
	});
}

function countLines(text: string): number {
	return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

/** Length of files, and of workers, which hold no logic. */
export function checkSizes(files: readonly SourceFile[]): string[] {
	return files.flatMap((file) => {
		const limit = file.path.startsWith("workers/") ? MAX_WORKER_LINES : MAX_LINES;
		const lines = countLines(file.text);
		return lines > limit ? [`${file.path} has ${lines} lines, limit ${limit}`] : [];
	});
}

/** Every file opens with a comment of at most eight lines that says what it is. */
export function checkHeaders(files: readonly SourceFile[]): string[] {
	return files.flatMap((file) => {
		const header = /^(?:#!.*\n)?(\/\*\*[\s\S]*?\*\/|(?:\/\/.*\n)+)/.exec(file.text)?.[1];
		if (header === undefined) return [`${file.path} has no header`];
		const lines = header.split("\n").filter((line) => /[^\s/*]/.test(line)).length;
		return lines > MAX_HEADER_LINES ? [`${file.path} has a header of ${lines} lines, limit ${MAX_HEADER_LINES}`] : [];
	});
}

/** Names say what a thing is: kebab-case (architectures/ keeps Hugging Face's model_type), no catch-all names. */
export function checkNames(paths: readonly string[]): string[] {
	const catchAll = /^(?:.*-)?(?:utils?|helpers?|common|misc)$/;
	return paths.flatMap((path) => {
		const parts = path.split("/");
		const keepsModelType = parts.includes("architectures");
		return parts.flatMap((part) => {
			const [stem = ""] = part.replace(/^\./, "").split(".");
			if (catchAll.test(stem)) return [`${path}: "${stem}" says nothing`];
			const style = keepsModelType ? /^[a-z0-9]+(?:[-_][a-z0-9]+)*$/ : /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
			return style.test(stem) ? [] : [`${path}: "${stem}" is not kebab-case`];
		});
	});
}

/** Middle length of the files, the upper one of two. */
export function medianLines(files: readonly SourceFile[]): number {
	const lengths = files.map((file) => countLines(file.text)).sort((a, b) => a - b);
	return lengths[Math.floor(lengths.length / 2)] ?? 0;
}
