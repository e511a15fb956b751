/**
 * Writes a Hugging Face directory (config.json, model.safetensors in BF16) of a genuine shape with random weights.
 * Command: node bench/engine/synthetic-model.ts DIR SHAPE [LAYERS] [VOCAB]; shapes: bench/engine/shapes.ts
 * Streams from a small pool of normal numbers, repeated at a length prime to every row's: size costs no memory.
 */
import { mkdir, open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createNormal } from "./random.ts";
import { SHAPES, type Shape } from "./shapes.ts";
import { toConfig, toTensors } from "./synthetic-tensors.ts";

/** What to write; `layers` and `vocab` replace those of the shape, `seed` is 1 where left out. */
export interface SyntheticModel {
	readonly shape: string;
	readonly layers?: number | undefined;
	readonly vocab?: number | undefined;
	readonly seed?: number | undefined;
	/** Context of a Transformer; 8192 where left out. */
	readonly positions?: number | undefined;
}

/** A prime number of values. */
const POOL_VALUES = 1_048_583;

/** Writes the two files into `dir`, which is made; returns the bytes of the weights. */
export async function writeSyntheticModel(dir: string, options: SyntheticModel): Promise<number> {
	const known = SHAPES[options.shape];
	if (known === undefined) throw new Error(`${options.shape} is none of ${Object.keys(SHAPES).join(", ")}`);
	const shape = { ...known, layers: options.layers ?? known.layers, vocab: options.vocab ?? known.vocab };
	await mkdir(dir, { recursive: true });
	await writeFile(join(dir, "config.json"), `${JSON.stringify(toConfig(shape, options.positions), null, 2)}\n`);
	return writeWeights(join(dir, "model.safetensors"), shape, options.seed ?? 1);
}

async function writeWeights(path: string, shape: Shape, seed: number): Promise<number> {
	const pools = new Map<string, Uint8Array>();
	const poolOf = (mean: number, deviation: number): Uint8Array => {
		const key = `${mean} ${deviation}`;
		const pool = pools.get(key) ?? createPool(mean, deviation, seed);
		pools.set(key, pool);
		return pool;
	};
	const tensors = toTensors(shape).map((tensor) => ({ ...tensor, bytes: 2 * tensor.shape.reduce((a, b) => a * b, 1) }));
	let end = 0;
	const entries = tensors.map(({ name, shape, bytes }) => {
		end += bytes;
		return [name, { dtype: "BF16", shape, data_offsets: [end - bytes, end] }];
	});
	const json = Buffer.from(JSON.stringify({ __metadata__: { format: "pt" }, ...Object.fromEntries(entries) }));
	const header = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, " ");
	header.writeBigUInt64LE(BigInt(header.length - 8));
	json.copy(header, 8);
	const file = await open(path, "w");
	try {
		await file.write(header, 0, header.length, 0);
		let at = header.length;
		for (const [i, { bytes, mean, deviation }] of tensors.entries()) {
			const pool = poolOf(mean, deviation);
			let from = 2 * ((i * 7919) % POOL_VALUES);
			for (const until = at + bytes; at < until; from = 0) {
				const length = Math.min(until - at, pool.length - from);
				await file.write(pool, from, length, at);
				at += length;
			}
		}
	} finally {
		await file.close();
	}
	return end;
}

/** BF16 numbers, little-endian: the upper halves of float32 ones. */
function createPool(mean: number, deviation: number, seed: number): Uint8Array {
	const normal = createNormal(seed);
	const values = Float32Array.from({ length: POOL_VALUES }, () => mean + deviation * normal());
	const words = new Uint32Array(values.buffer);
	return new Uint8Array(Uint16Array.from(words, (word) => word >>> 16).buffer);
}

if (import.meta.main) {
	const [dir, shape, layers, vocab] = process.argv.slice(2);
	if (dir === undefined || shape === undefined) {
		throw new Error("usage: node bench/engine/synthetic-model.ts DIR SHAPE [LAYERS] [VOCAB]");
	}
	const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
	const bytes = await writeSyntheticModel(dir, { shape, layers: number(layers), vocab: number(vocab) });
	process.stdout.write(`${dir}: ${(bytes / 1e6).toFixed(1)} MB\n`);
}
