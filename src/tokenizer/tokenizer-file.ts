/**
 * Checks a Hugging Face tokenizer.json of the Gemma kind (BPE with byte fallback, spaces written U+2581) and turns it
 * into plain tables. Encodes nothing. A feature it does not know is an error that names it, never ignored.
 * Layout: https://huggingface.co/docs/tokenizers (serialised Tokenizer, version 1.0).
 */
import {
	type DecoderOptions,
	parseDecoder,
	parseNormalizer,
	parsePostProcessor,
	parsePreTokenizer,
} from "./pipeline.ts";
import { checkFields, failAt, isRecord } from "./tokenizer-json.ts";

/** A token outside the merges: `special` ones control the model and never come from text; turn tokens always are. */
export interface AddedToken {
	readonly id: number;
	readonly content: string;
	readonly special: boolean;
}

/** Merge `i` (its index is its rank, lower first) joins the ids left[i] and right[i] to result[i]. */
export interface Merges {
	readonly left: Int32Array;
	readonly right: Int32Array;
	readonly result: Int32Array;
}

/** All that encoding and decoding need of a tokenizer.json. */
export interface TokenizerSpec {
	/** Token to id, added tokens included. */
	readonly vocab: ReadonlyMap<string, number>;
	readonly added: readonly AddedToken[];
	readonly merges: Merges;
	/** Ids of the pieces <0x00> .. <0xFF>; an ASCII byte may be the character's own id. */
	readonly bytes: Int32Array;
	/** Whether each stretch of plain text gets a U+2581 in front. */
	readonly prepend: boolean;
	/** Whether no merge joins a non-space to a space: then every word's pieces are independent of its neighbours. */
	readonly independentWords: boolean;
	readonly decoder: DecoderOptions;
}

const TOP = ["version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor"];
const MODEL = ["type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk"];
/** Gemma's turns. Some files list them as ordinary added tokens or do not list them, yet text must not open a turn. */
const TURN_TOKENS = ["<start_of_turn>", "<end_of_turn>"];
const MAX_ID = 1 << 24;
const MAX_MERGES = 1 << 21;

/** Throws `invalid_model` with a JSON pointer where the file is malformed or asks for something unsupported. */
export function parseTokenizerFile(json: unknown): TokenizerSpec {
	const file = checkFields(json, "", [...TOP, "decoder", "model"]);
	if (file.version !== "1.0") failAt("/version", `version ${JSON.stringify(file.version)} is not supported`);
	// both would change or cut what is encoded
	if (file.truncation != null) failAt("/truncation", "truncation is not supported");
	if (file.padding != null) failAt("/padding", "padding is not supported");
	const { prepend } = parseNormalizer(file.normalizer, "/normalizer");
	parsePreTokenizer(file.pre_tokenizer, "/pre_tokenizer");
	parsePostProcessor(file.post_processor, "/post_processor");
	const decoder = parseDecoder(file.decoder, "/decoder");
	const model = parseModelFlags(file.model);
	const vocab = parseVocab(model.vocab);
	const bytes = parseBytes(vocab);
	const { merges, independentWords } = parseMerges(model.merges, vocab);
	const added = parseAddedTokens(file.added_tokens, vocab);
	checkControlTokens({ vocab, added, merges, bytes });
	return { vocab, added, merges, bytes, prepend, independentWords, decoder };
}

function parseModelFlags(value: unknown): Record<string, unknown> {
	const path = "/model";
	if (isRecord(value) && value.type !== "BPE") failAt(`${path}/type`, `model ${String(value.type)} is not supported`);
	const model = checkFields(value, path, [...MODEL, "byte_fallback", "ignore_merges", "vocab", "merges"]);
	if (model.dropout != null && model.dropout !== 0) failAt(`${path}/dropout`, "dropout is not supported");
	for (const name of ["continuing_subword_prefix", "end_of_word_suffix"]) {
		if (model[name] != null && model[name] !== "") failAt(`${path}/${name}`, `${name} is not supported`);
	}
	if (model.byte_fallback !== true) failAt(`${path}/byte_fallback`, "only byte_fallback true is supported");
	if (model.ignore_merges != null && model.ignore_merges !== false) {
		failAt(`${path}/ignore_merges`, "ignore_merges is not supported");
	}
	return model;
}

function parseVocab(value: unknown): Map<string, number> {
	if (!isRecord(value)) return failAt("/model/vocab", "vocab is not an object");
	const vocab = new Map<string, number>();
	const taken = new Set<number>();
	for (const [token, id] of Object.entries(value)) addToken(vocab, taken, token, id);
	return vocab;
}

function addToken(vocab: Map<string, number>, taken: Set<number>, token: string, id: unknown): void {
	const name = JSON.stringify(token);
	if (!Number.isInteger(id) || (id as number) < 0 || (id as number) >= MAX_ID) {
		failAt("/model/vocab", `token ${name} has no usable id`);
	}
	// a piece of half a surrogate pair would make broken text of ids
	if (!token.isWellFormed()) failAt("/model/vocab", `token ${name} is not well-formed Unicode`);
	if (taken.has(id as number)) failAt("/model/vocab", `token ${name} shares the id ${id} with another`);
	taken.add(id as number);
	vocab.set(token, id as number);
}

function parseBytes(vocab: ReadonlyMap<string, number>): Int32Array {
	return Int32Array.from({ length: 256 }, (_, byte) => {
		const piece = `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
		// Gemma spells the piece of byte 9 as the character itself
		const character = byte < 0x80 ? vocab.get(String.fromCharCode(byte)) : undefined;
		return vocab.get(piece) ?? character ?? failAt("/model/vocab", `the byte piece ${piece} is missing`);
	});
}

function parseMerges(
	value: unknown,
	vocab: ReadonlyMap<string, number>,
): { merges: Merges; independentWords: boolean } {
	if (!Array.isArray(value)) return failAt("/model/merges", "merges is not a list");
	if (value.length > MAX_MERGES) failAt("/model/merges", `more than ${MAX_MERGES} merges are not supported`);
	const left = new Int32Array(value.length);
	const right = new Int32Array(value.length);
	const result = new Int32Array(value.length);
	let independentWords = true;
	for (let i = 0; i < value.length; i++) {
		const [a, b] = parseMerge(value[i], i);
		const ids = [vocab.get(a), vocab.get(b), vocab.get(a + b)];
		if (ids.includes(undefined)) failAt(`/model/merges/${i}`, "a side or the result is not in the vocabulary");
		[left[i], right[i], result[i]] = ids as [number, number, number];
		if (b.startsWith("▁") && !a.endsWith("▁")) independentWords = false;
	}
	return { merges: { left, right, result }, independentWords };
}

function parseMerge(merge: unknown, index: number): [string, string] {
	const sides: unknown[] = typeof merge === "string" ? merge.split(" ") : Array.isArray(merge) ? merge : [];
	if (sides.length !== 2 || !sides.every((side) => typeof side === "string" && side !== "")) {
		return failAt(`/model/merges/${index}`, "a merge is not two tokens");
	}
	return sides as [string, string];
}

/** Adds tokens that the model's vocabulary lacks to `vocab`. */
function parseAddedTokens(value: unknown, vocab: Map<string, number>): AddedToken[] {
	if (!Array.isArray(value)) return failAt("/added_tokens", "added_tokens is not a list");
	const taken = new Set(vocab.values());
	const seen = new Set<string>();
	return value.map((entry: unknown, i): AddedToken => {
		const path = `/added_tokens/${i}`;
		const flags = ["single_word", "lstrip", "rstrip", "normalized"];
		const token = checkFields(entry, path, ["id", "content", "special", ...flags]);
		const { id, content, special } = token;
		if (typeof content !== "string" || content === "") return failAt(`${path}/content`, "content is empty");
		const name = JSON.stringify(content);
		if (typeof special !== "boolean") return failAt(`${path}/special`, `${name}: special is not a boolean`);
		const flag = flags.find((candidate) => token[candidate] !== false);
		if (flag !== undefined) failAt(`${path}/${flag}`, `${name}: only ${flag} false is supported`);
		if (seen.has(content)) failAt(`${path}/content`, `${name} is added twice`);
		seen.add(content);
		if (!vocab.has(content)) addToken(vocab, taken, content, id);
		if (vocab.get(content) !== id) failAt(`${path}/id`, `${name}: the id differs from the vocabulary's`);
		return { id: id as number, content, special: special || TURN_TOKENS.includes(content) };
	});
}

/** Control ids must be out of text's reach: no merge, byte piece or single character may lead to one. */
function checkControlTokens(spec: Pick<TokenizerSpec, "vocab" | "added" | "merges" | "bytes">): void {
	const { vocab, added, merges, bytes } = spec;
	const control = new Map(added.filter(({ special }) => special).map(({ id, content }) => [id, content]));
	for (const token of TURN_TOKENS) if (vocab.has(token)) control.set(vocab.get(token)!, token);
	const letter = [...control.values()].find((content) => [...content].length === 1);
	const reached = merges.result.find((id) => control.has(id)) ?? bytes.find((id) => control.has(id));
	const token = letter ?? (reached === undefined ? undefined : control.get(reached));
	if (token === undefined) return;
	failAt("/added_tokens", `plain text can become the control token ${JSON.stringify(token)}`);
}
