/**
 * The steps around the BPE model in tokenizer.json: normalizer, pre-tokenizer, post-processor, decoder.
 * Only forms with one meaning here pass: spaces become U+2581, perhaps one more in front, and back when decoding.
 */
import { checkFields, failAt, isRecord } from "./tokenizer-json.ts";

/** What decoding undoes besides U+2581 to space: a `stripSpace` removes one leading space of the whole text. */
export interface DecoderOptions {
	readonly stripSpace: boolean;
}

const SPACE_MARK = "▁";

/** A step's `type`, after checking that it has no field but `known` ones. */
function checkStep(value: unknown, pointer: string, types: Readonly<Record<string, readonly string[]>>): string {
	const type = isRecord(value) ? value.type : value;
	if (typeof type !== "string" || !Object.hasOwn(types, type)) {
		return failAt(pointer, `${typeof type === "string" ? type : JSON.stringify(type)} is not supported`);
	}
	checkFields(value, pointer, ["type", ...types[type]!]);
	return type;
}

function list(value: unknown, pointer: string): unknown[] {
	return Array.isArray(value) ? value : failAt(pointer, "not a list");
}

function isString(pattern: unknown, content: string): boolean {
	return isRecord(pattern) && Object.keys(pattern).length === 1 && pattern.String === content;
}

/** Replace " " by U+2581, alone or in a Sequence with one Prepend of U+2581. */
export function parseNormalizer(value: unknown, pointer: string): { prepend: boolean } {
	const types = { Replace: ["pattern", "content"], Prepend: ["prepend"] };
	const type = checkStep(value, pointer, { ...types, Sequence: ["normalizers"] });
	const steps =
		type === "Sequence" ? list((value as Record<string, unknown>).normalizers, `${pointer}/normalizers`) : [value];
	const seen = new Set<string>();
	for (const [i, step] of steps.entries()) {
		const place = type === "Sequence" ? `${pointer}/normalizers/${i}` : pointer;
		const name = checkStep(step, place, types);
		const { pattern, content, prepend } = step as Record<string, unknown>;
		if (name === "Replace" && !(isString(pattern, " ") && content === SPACE_MARK)) {
			failAt(place, `only Replace " " by "${SPACE_MARK}" is supported`);
		}
		if (name === "Prepend" && prepend !== SPACE_MARK) failAt(place, `only Prepend "${SPACE_MARK}" is supported`);
		if (seen.has(name)) failAt(place, `a second ${name} is not supported`);
		seen.add(name);
	}
	if (!seen.has("Replace")) failAt(pointer, `Replace " " by "${SPACE_MARK}" is missing`);
	return { prepend: seen.has("Prepend") };
}

/** None, or one that finds nothing to do: the normalizer has left no space to split at or to replace. */
export function parsePreTokenizer(value: unknown, pointer: string): void {
	if (value == null) return;
	const type = checkStep(value, pointer, {
		Split: ["pattern", "behavior", "invert"],
		Metaspace: ["replacement", "prepend_scheme", "split"],
	});
	const step = value as Record<string, unknown>;
	if (type === "Split" && !(isString(step.pattern, " ") && step.invert === false)) {
		failAt(pointer, 'only a Split at " " is supported');
	}
	const idle = step.replacement === SPACE_MARK && step.prepend_scheme === "never" && step.split === false;
	if (type === "Metaspace" && !idle) failAt(pointer, "only a Metaspace that neither prepends nor splits is supported");
}

/** None, or a template of control tokens: those are the caller's to add, encoding adds none. */
export function parsePostProcessor(value: unknown, pointer: string): void {
	if (value != null) checkStep(value, pointer, { TemplateProcessing: ["single", "pair", "special_tokens"] });
}

/** Replace U+2581 by " ", ByteFallback, Fuse, and perhaps Strip of one leading space, in this order. */
export function parseDecoder(value: unknown, pointer: string): DecoderOptions {
	checkStep(value, pointer, { Sequence: ["decoders"] });
	const steps = list((value as Record<string, unknown>).decoders, `${pointer}/decoders`);
	const order = ["Replace", "ByteFallback", "Fuse", "Strip"];
	for (const [i, step] of steps.entries()) {
		const place = `${pointer}/decoders/${i}`;
		const name = checkStep(step, place, {
			Replace: ["pattern", "content"],
			ByteFallback: [],
			Fuse: [],
			Strip: ["content", "start", "stop"],
		});
		if (name !== order[i]) failAt(place, `${name} is not supported here`);
		const { pattern, content, start, stop } = step as Record<string, unknown>;
		if (name === "Replace" && !(isString(pattern, SPACE_MARK) && content === " ")) {
			failAt(place, `only Replace "${SPACE_MARK}" by " " is supported`);
		}
		if (name === "Strip" && !(content === " " && start === 1 && stop === 0)) {
			failAt(place, "only Strip of one leading space is supported");
		}
	}
	if (steps.length < 3) failAt(pointer, `${order[steps.length]} is missing`);
	return { stripSpace: steps.length === 4 };
}
