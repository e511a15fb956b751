/**
 * Seeded texts that try a tokenizer: scripts mixed, emoji, runs of white space, spellings of control tokens, long words,
 * numbers, code, pieces of the vocabulary itself. Well-formed Unicode.
 */

/** Numbers in [0, below), from a seed. */
export type Random = (below: number) => number;

/** A generator of random numbers (numerical recipes' LCG). */
export function createRandom(seed: number): Random {
	let state = seed >>> 0;
	return (below) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor((state / 2 ** 32) * below);
	};
}

const WORDS = [
	"the quick brown fox isn't 100% sure about Mr. O'Neill's e-mail, or is it? I'd say so: yes!",
	"Größe Übermut façade naïve señor œuvre Ærø İstanbul ﬁne Straße Łódź",
	"быстрая лиса ещё здесь съешь же этих мягких французских булок",
	"γρήγορη αλεπού ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
	"今日は 天気が いいですね。 我们 明天 去 公园 吗？ 오늘은 날씨가 좋네요",
	"مرحبا بالعالم السلام عليكم שלום עולם हिन्दी में लिखना สวัสดีชาวโลก",
	"😀 😀😀 👨‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪 ❤️ ⚠️ ™ № ½ ² ①",
].flatMap((line) => line.split(" "));
const CONTROLS = [
	"<bos>",
	"<eos>",
	"<pad>",
	"<unk>",
	"<start_of_turn>",
	"<end_of_turn>",
	"<mask>",
	"<2mass>",
	"<unused7>",
];
const SPELLINGS = [
	...CONTROLS,
	"<0x0A>",
	"<0xE2>",
	"<b>",
	"</b>",
	"<table>",
	"[@BOS@]",
	"[toxicity=0]",
	"<start_of_",
	"turn>",
	"<|im_end|>",
];
const CODE = [
	"if (a[i] !== b) {\n\t\treturn f(x, 0xff);\n\t}\n",
	"def f(x):\n    return {**x}\n",
	"SELECT * FROM t WHERE id=1;",
	"https://example.org/a?b=c&d=%20",
	"```\n",
	"\\n\\t",
	"a_b.c->d::e",
];
const SPACES = [" ", "\n", "\t", "\r\n", "\u00a0", "\u3000", "\u200b", "\ufeff", "▁", " \n", "\n\n\t"];
const ALPHABETS = [
	"etaoinshrdlucmfwyp",
	"ETAOINSHRDLU",
	"оеаинтсрвл",
	"αβγδεηικλμνορστ",
	"あいうえおかきくけこ",
	"ABCabc012_-",
	"🙂🙃👍🔥",
];

/** A source of texts; `pieces` are spellings of the vocabulary to weave in. */
export function createTexts(seed: number, pieces: readonly string[]): () => string {
	const random = createRandom(seed);
	const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
	const parts: readonly (() => string)[] = [
		() => pick(WORDS),
		() => ` ${pick(WORDS)}`,
		() => ` ${pick(WORDS)}`,
		() => pick(pieces).replaceAll("▁", " "),
		() => ` ${pick(pieces).replaceAll("▁", "")}`,
		() => pick(SPACES).repeat(1 + random(random(6) === 0 ? 80 : 4)),
		() => pick(SPELLINGS),
		() => pick(CODE),
		() => String(random(2 ** 31)).slice(0, 1 + random(10)) + pick(["", ".5", ",000", "%", "e-7"]),
		() => toLongWord([...pick(ALPHABETS)], 1 + random(random(8) === 0 ? 200 : 14)),
		toAnyCharacter,
	];
	return () => {
		let text = "";
		for (let n = 1 + random(30); n > 0; n--) text += pick(parts)();
		return text;
	};

	function toLongWord(letters: readonly string[], length: number): string {
		return Array.from({ length }, () => pick(letters)).join("");
	}

	function toAnyCharacter(): string {
		const point = pick([0x80, 0x3000, 0xa000, 0x110000]) * (random(1 << 20) / (1 << 20));
		return String.fromCodePoint(point >= 0xd800 && point <= 0xdfff ? 0xfffd : Math.floor(point)).toWellFormed();
	}
}
