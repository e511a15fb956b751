/**
 * Writes a GGUF file of the Gemma-2-2B shape with random weights and a vocabulary without meaning, all matrices in one format.
 * Command: node bench/llama/gemma2-gguf.ts FILE FORMAT [LAYERS=26] [VOCAB=256000]
 * Names and keys as llama.cpp's gemma2 loader asks for them; the head is the embedding, as in Gemma.
 */
import { SHAPES } from "../engine/shapes.ts";
import { BLOCK_FORMATS, type BlockFormat, createPool } from "./block-formats.ts";
import { type GgufTensor, type MetadataValue, writeGguf } from "./gguf.ts";

/** What to write. */
export interface GgufOptions {
	/** A key of BLOCK_FORMATS. */
	readonly format: string;
	readonly layers: number;
	readonly vocab: number;
}

const SHAPE = SHAPES["gemma-2-2b"]!;
const SEED = 20240731;
/** Of matrices; near what training leaves in a model of this width. */
const DEVIATION = 0.02;
const FLOAT32 = 0;

/** Writes the model to `path`; returns the file's size in bytes. */
export function writeGemma2(path: string, { format, layers, vocab }: GgufOptions): Promise<number> {
	const blocks = BLOCK_FORMATS[format];
	if (blocks === undefined) throw new Error(`${format} is none of ${Object.keys(BLOCK_FORMATS).join(", ")}`);
	return writeGguf(path, toMetadata(blocks, layers, vocab), toTensors(blocks, layers, vocab));
}

function toTensors(format: BlockFormat, layers: number, vocab: number): GgufTensor[] {
	const { hidden, heads, kvHeads, headDim, intermediate } = SHAPE;
	const pool = createPool(format, DEVIATION, SEED);
	const ones = new Uint8Array(new Float32Array(hidden).fill(1).buffer);
	const matrix = (name: string, inputs: number, outputs: number): GgufTensor => {
		const bytes = ((inputs * outputs) / format.values) * format.bytes;
		return { name, shape: [inputs, outputs], type: format.type, bytes, pool, block: format.bytes };
	};
	const norm = (name: string): GgufTensor => {
		return { name, shape: [hidden], type: FLOAT32, bytes: ones.length, pool: ones, block: ones.length };
	};
	const layer = (i: number): GgufTensor[] => [
		norm(`blk.${i}.attn_norm.weight`),
		matrix(`blk.${i}.attn_q.weight`, hidden, heads * headDim),
		matrix(`blk.${i}.attn_k.weight`, hidden, kvHeads * headDim),
		matrix(`blk.${i}.attn_v.weight`, hidden, kvHeads * headDim),
		matrix(`blk.${i}.attn_output.weight`, heads * headDim, hidden),
		norm(`blk.${i}.post_attention_norm.weight`),
		norm(`blk.${i}.ffn_norm.weight`),
		matrix(`blk.${i}.ffn_gate.weight`, hidden, intermediate),
		matrix(`blk.${i}.ffn_up.weight`, hidden, intermediate),
		matrix(`blk.${i}.ffn_down.weight`, intermediate, hidden),
		norm(`blk.${i}.post_ffw_norm.weight`),
	];
	return [
		matrix("token_embd.weight", hidden, vocab),
		...Array.from({ length: layers }, (_, i) => layer(i)).flat(),
		norm("output_norm.weight"),
	];
}

function toMetadata(format: BlockFormat, layers: number, vocab: number): Record<string, MetadataValue> {
	return {
		"general.architecture": "gemma2",
		"general.name": "random gemma-2-2b",
		"general.file_type": { uint32: format.fileType },
		"general.quantization_version": { uint32: 2 },
		"gemma2.context_length": { uint32: 8192 },
		"gemma2.embedding_length": { uint32: SHAPE.hidden },
		"gemma2.block_count": { uint32: layers },
		"gemma2.feed_forward_length": { uint32: SHAPE.intermediate },
		"gemma2.attention.head_count": { uint32: SHAPE.heads },
		"gemma2.attention.head_count_kv": { uint32: SHAPE.kvHeads },
		"gemma2.attention.key_length": { uint32: SHAPE.headDim },
		"gemma2.attention.value_length": { uint32: SHAPE.headDim },
		"gemma2.attention.layer_norm_rms_epsilon": { float32: 1e-6 },
		"gemma2.attention.sliding_window": { uint32: 4096 },
		"gemma2.attn_logit_softcapping": { float32: 50 },
		"gemma2.final_logit_softcapping": { float32: 30 },
		...toVocabulary(vocab),
	};
}

/** Control tokens, the 256 bytes, then `▁0`, `▁1` ...: a SentencePiece vocabulary that loads and says nothing. */
function toVocabulary(vocab: number): Record<string, MetadataValue> {
	const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, "0")}>`);
	const first = ["<pad>", "<eos>", "<bos>", "<unk>", ...bytes];
	const strings = Array.from({ length: vocab }, (_, i) => first[i] ?? `▁${(i - first.length).toString(36)}`);
	const typeOf = (i: number): number => (i < 3 ? 3 : i === 3 ? 2 : i < first.length ? 6 : 1);
	return {
		"tokenizer.ggml.model": "llama",
		"tokenizer.ggml.tokens": { strings },
		"tokenizer.ggml.scores": { float32s: strings.map((_, i) => (i < first.length ? 0 : -i)) },
		"tokenizer.ggml.token_type": { int32s: strings.map((_, i) => typeOf(i)) },
		"tokenizer.ggml.padding_token_id": { uint32: 0 },
		"tokenizer.ggml.eos_token_id": { uint32: 1 },
		"tokenizer.ggml.bos_token_id": { uint32: 2 },
		"tokenizer.ggml.unknown_token_id": { uint32: 3 },
		"tokenizer.ggml.add_bos_token": true,
		"tokenizer.ggml.add_eos_token": false,
	};
}

if (import.meta.main) {
	const [path, format = "Q8_0", layers = "26", vocab = "256000"] = process.argv.slice(2);
	if (path === undefined) throw new Error("usage: node bench/llama/gemma2-gguf.ts FILE FORMAT [LAYERS] [VOCAB]");
	const bytes = await writeGemma2(path, { format, layers: Number(layers), vocab: Number(vocab) });
	process.stdout.write(`${path}: ${(bytes / 1e6).toFixed(1)} MB\n`);
}
