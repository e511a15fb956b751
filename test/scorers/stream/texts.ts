/** Texts that try everything a fold or a merge can do across a cut: plain words, and characters that change their neighbours. */

const WORDS = [
	..."the a I you people are is was stupid kill hate love nice day of and to in world weather idiot report meeting".split(
		" ",
	),
	..."Don't 3.14 e.g. U.S.A. $100 h4te l33t $hit re-do (see) “quoted” naïve Straße São привет мир 你好 世界 안녕 नमस्ते".split(
		" ",
	),
];
const ODD = [
	..."abIht.,!$410@3€áéß😀好世界，。、！？カﾞか한각ᄒ▁_-*~|/Zİſаеопαᴀअँा",
	..." 	 \n",
	...[
		"e\u0301",
		"\u0301",
		"\u0308",
		"\u200b",
		"\u00a0",
		"\u3000",
		"\u0001",
		"¨",
		"ﬁ",
		"🅰",
		"👩‍👩‍👧",
		"ᅡ",
		"ᆨ",
		"\ud800",
		"\udc00",
	],
	...["  ", " h a", " t e ", "the ", "kill "],
];

/** Each broke a rule that was too simple. */
const TRAPS = [
	"a b c.d.e f g",
	"h.a.t e s t",
	"a.t e s, then",
	"I a m h a t e d",
	"x y  z w v u",
	"h4t3 4 t 3 s",
	"a，b，好 a，b，c，d 好",
	"好。。。好，好！好",
	"a▁ b ▁c▁ ▁ d",
	"h\u200b a t e",
	"e\u0301 a t e \u0301 a",
	"$ a s s $ass $",
	"h¨ a t e",
];

const pick = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

/** Known traps first; two thirds of the others are wild, one of words. */
export function* generateTexts(random: () => number, count: number): Generator<string> {
	yield* TRAPS;
	for (let n = 0; n < count; n++) {
		const isWild = n % 3 > 0;
		const length = 1 + Math.floor(random() * (isWild ? 50 : 40));
		const parts = Array.from({ length }, () => pick(random, isWild ? ODD : WORDS));
		yield parts.join(isWild ? "" : " ");
	}
}
