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

const wrap = (text: string): string => Buffer.from(text).toString("base64");

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
	"d o n ' t h a t e , y o u",
	"d o n \u200b' t \u2019 s a y",
	"h a t e ' \u200b s",
	"y o u a r e . s o b a d !",
	"h0w 70 k1ll 4 15 70 50 m3",
	"h4t3 one two three four five six seven 70 8 15",
	"stu-pid，好 id.iot。好 h4t3，好 70，好 15",
	"V jvyy xvyy lbh naq n or an V",
	"xvyy lbh 好。好 naq or",
	"youarestupid.they killthemall,now #killthemall",
	`${wrap("You are so bad, I")} a t e ${wrap("and a kill b")} b c d`,
	`x ${wrap("kill them all now")}，好${wrap("kill them all now")} d e f`,
	`${wrap("some text ▁ that ends in ▁")} ▁ a`,
];

const LEET: Readonly<Record<string, string>> = { a: "4", e: "3", i: "1", o: "0", s: "5", t: "7" };

/** Each word disguised in one of the ways that the folding undoes, with its neighbours or without. */
const disguise = (random: () => number, word: string): string => {
	const at = 1 + Math.floor(random() * Math.max(1, word.length - 2));
	const ways = [
		() => word.replace(/[aeiost]/g, (c) => LEET[c] ?? c),
		() => [...word].join(" "),
		() => word.slice(0, at) + pick(random, [..."-.*_~,!'"]) + word.slice(at),
		() => word.slice(0, at) + word.slice(at, at + 1).repeat(3) + word.slice(at),
		() => word.slice(0, at) + word.slice(at + 1),
		() =>
			word.slice(0, at) +
			word
				.slice(at, at + 2)
				.split("")
				.reverse()
				.join("") +
			word.slice(at + 2),
		() => word.replace(/[a-z]/g, (c) => String.fromCharCode(((c.charCodeAt(0) - 84) % 26) + 97)),
		() => `${word}${pick(random, WORDS)}`,
		() => wrap(`${word} and ${word}`),
		() => word,
	];
	return pick(random, ways)();
};

const pick = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

/** Known traps first; two thirds of the others are wild, one of words. */
export function* generateTexts(random: () => number, count: number): Generator<string> {
	yield* TRAPS;
	for (let n = 0; n < count; n++) {
		const isWild = n % 3 > 0;
		const length = 1 + Math.floor(random() * (isWild ? 50 : 40));
		const parts = Array.from({ length }, () => pick(random, isWild ? ODD : WORDS));
		yield parts.join(isWild ? "" : " ");
		const way = random();
		const hidden = Array.from({ length: 12 }, () =>
			random() < way ? disguise(random, pick(random, WORDS)) : pick(random, WORDS),
		);
		if (n % 3 === 0) yield hidden.join(" ");
	}
}
