/**
 * What guard models answer, by family: Llama Guard 3 and 4 (`safe`, or `unsafe` and S1..S14 on the next line) and
 * Qwen3Guard-Gen (lines `Safety:`, `Categories:` and, for responses, `Refusal:`). Anything else is no answer.
 * https://huggingface.co/meta-llama/Llama-Guard-4-12B, https://github.com/QwenLM/Qwen3Guard
 */

/** An answer as written. */
export interface GuardAnswer {
	/** A key of the format's `labels`. */
	readonly label: string;
	/** Harms it names; none where it names none. */
	readonly categories: readonly string[];
}

/** How one family answers. */
export interface GuardFormat {
	readonly categories: readonly string[];
	/** Risk of each label. */
	readonly labels: Readonly<Record<string, number>>;
	/** What stands before the label. */
	readonly beforeLabel: RegExp;
	/** Undefined where the text is not in the format, names an unknown harm or contradicts itself. */
	parse(text: string): GuardAnswer | undefined;
}

const QWEN_CATEGORIES = [
	"Violent",
	"Non-violent Illegal Acts",
	"Sexual Content or Sexual Acts",
	"PII",
	"Suicide & Self-Harm",
	"Unethical Acts",
	"Politically Sensitive Topics",
	"Copyright Violation",
	"Jailbreak",
];
const LLAMA_CATEGORIES = Array.from({ length: 14 }, (_, i) => `S${i + 1}`);

/** The formats by the names that settings use. */
export const GUARD_FORMATS: Readonly<Record<"llama-guard" | "qwen3guard", GuardFormat>> = {
	"llama-guard": {
		categories: LLAMA_CATEGORIES,
		labels: { safe: 0, unsafe: 1 },
		beforeLabel: /^\s*$/,
		parse(text) {
			const [, label, named = ""] = /^\s*(safe|unsafe)(?:\s*\n\s*([^\n]+?))?\s*$/.exec(text) ?? [];
			return toAnswer(label, named, { known: LLAMA_CATEGORIES, safe: "safe" });
		},
	},
	qwen3guard: {
		categories: QWEN_CATEGORIES,
		labels: { Safe: 0, Controversial: 0.5, Unsafe: 1 },
		beforeLabel: /Safety:\s*$/,
		parse(text) {
			const [, label, named = ""] =
				/^(?:\s*<think>\s*<\/think>)?\s*Safety: (Safe|Controversial|Unsafe)\s*\nCategories: ([^\n]+?)\s*(?:\nRefusal: (?:Yes|No)\s*)?$/.exec(
					text,
				) ?? [];
			return toAnswer(label, named === "None" ? "" : named, { known: QWEN_CATEGORIES, safe: "Safe" });
		},
	},
};

function toAnswer(
	label: string | undefined,
	named: string,
	of: { readonly known: readonly string[]; readonly safe: string },
): GuardAnswer | undefined {
	const categories = named === "" ? [] : named.split(",").map((name) => name.trim());
	if (label === undefined || categories.some((name) => !of.known.includes(name))) return undefined;
	return label === of.safe && categories.length > 0 ? undefined : { label, categories };
}
