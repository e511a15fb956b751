import assert from "node:assert/strict";
import { test } from "node:test";
import { normalizeText } from "../../src/tokenizer/normalize.ts";
import { createRandom } from "../guard/streams.ts";
import { generateTexts } from "../scorers/stream/texts.ts";

const READ: [name: string, text: string, folded: string][] = [
	["signs at either end of a word", "7h15 57up1d 455h0l3 5h17", "this stupid asshole shit"],
	["numbers that are words, behind a word written so", "h0w 70 k1ll 4 w0m4n", "how to kill a woman"],
	["a mark within a word", "stu-pid id.iot k*ill wo~men be.cause do_n't", "stupid idiot kill women because don't"],
	["several marks within a word", "st.up.id h-a.t-e", "stupid hate"],
	["doubled letters", "stuupid idioot kkill", "stupid idiot kill"],
	["letters drawn out", "stuuuuupid idiooooot", "stupid idiot"],
	["two letters that changed places", "sutpid bicth murdre", "stupid bitch murder"],
	["a letter left out", "stpid moster kll musims", "stupid monster kill muslims"],
	["words run together", "youarestupid killthemall intheend", "you are stupid kill them all in the end"],
	["a space left out behind a mark", "stupid,you idiots.they what?no", "stupid, you idiots. they what? no"],
	["a hashtag of several words", "#killthemall", "#kill them all"],
	["rot13", "V jvyy xvyy lbh naq lbhe snzvyl", "v will kill you and your family"],
	["words spelt out one after the other", "y o u a r e s t u p i d", "you are stupid"],
	["an apostrophe and a mark among letters that stand alone", "i d o n ' t h a t e , y o u", "i don't hate, you"],
];
for (const [name, text, folded] of READ)
	test(`folding reads ${name}`, () => assert.equal(normalizeText(text).text, folded));

const KEPT = [
	"on 2024-01-02 at 10:30, 1,000 people paid $100 or 3.14 %",
	"the 4th, 1st, 2nd and 3rd at 5am, 70s, 100k, 5km",
	"b2b, p2p, mp3, covid19, v1.2.3, m3, a4, ps5, ww2, 4k",
	"see https://example.com/de-fg/stu-pid?a=b-c or ww.example.org",
	"me.you@example.com and first-last@mail.example.org",
	"const x1 = foo.bar(y); set_name(node.js) && c++",
	"e.g. i.e. a.m. p.m. n/a w/o y/n s/he and/or",
	"well-known, long-term, up-to-date, mother-in-law, 12-year-old",
	"don't can't o'clock rock'n'roll obama's the dogs'",
	"niger and nigeria, scunthorpe, a duck, a shot, moby dick, dick cheney, the assassin",
	"overcame faithfully headquarters landlord grandmother sunday",
	"good, too, see, bee, feed, hello, aaron, llama, vacuum",
	"das wird nicht gehen, ich weiß es nicht",
	"c'est la vie, où êtes-vous ?",
	"привет, как дела? добрый день",
	"你好,世界。今天天气很好!真的",
	"नमस्ते दुनिया",
	"ghp_aBcDeFgHiJkLmNoPqRsTuVwXyZ012345".toLowerCase(),
	"sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
];
for (const text of KEPT) test(`folding leaves "${text}" as it is`, () => assert.equal(normalizeText(text).text, text));

test("what is read stays as it is when it is folded again", () => {
	for (const [, text] of READ) {
		const { text: once } = normalizeText(text);
		assert.equal(normalizeText(once).text, once);
	}
});

test("a text may be cut at a space when the rest is told how the words before were written", () => {
	for (const [, text] of READ.slice(0, 12)) {
		const words = text.split(" ");
		for (let k = 1; k < words.length; k++) {
			const before = normalizeText(words.slice(0, k).join(" "));
			const behind = normalizeText(words.slice(k).join(" "), before.manner);
			const whole = normalizeText(text);
			assert.equal(`${before.text} ${behind.text}`, whole.text);
			assert.deepEqual(behind.manner, whole.manner);
		}
	}
});

test("numbers are words only near words written with signs", () => {
	assert.equal(normalizeText("15 or 70").text, "15 or 70");
	assert.equal(normalizeText(`h4t3 ${"word ".repeat(8)}70`).text, `hate ${"word ".repeat(8)}70`);
	assert.equal(normalizeText("h4t3 70").text, "hate to");
});

test("disguised texts of any mixture fold to one well-formed range per unit, in the order of the text", () => {
	const random = createRandom(3);
	for (const text of generateTexts(random, 400)) {
		const { text: folded, starts, ends } = normalizeText(text);
		assert.ok(folded.isWellFormed());
		assert.equal(starts.length, folded.length);
		for (let i = 0; i < folded.length; i++) {
			assert.ok(starts[i]! < ends[i]! && ends[i]! <= text.length, JSON.stringify(text));
			if (i > 0) assert.ok(starts[i]! >= starts[i - 1]!, JSON.stringify(text));
		}
	}
});

test("a read word maps back to where it stands", () => {
	const text = "so stu-pid and sutpid, youarestupid 57up1d s t u p i d";
	const { text: folded, starts, ends } = normalizeText(text);
	const found: string[] = [];
	for (const { index } of folded.matchAll(/stupid/g)) found.push(text.slice(starts[index]!, ends[index + 5]!));
	assert.deepEqual(found, ["stu-pid", "sutpid", "stupid", "57up1d", "s t u p i d"]);
});

const HOSTILE: [name: string, unit: string][] = [
	["letters in one word", "qwxjz"],
	["known words run together", "theman"],
	["doubled letters", "aabbccddeeff"],
	["doubled letters in words", "aabbccddeeff "],
	["signs for letters", "1l6!"],
	["signs for letters in words", "116b116!1g "],
	["words with marks", "a-b.c_"],
	["at signs", "a@"],
	["letters that stand alone", "a b "],
	["apostrophes that stand alone", "a ' "],
	["unknown words", "qxzvwk brtzlm "],
	["base64 in pieces", "QUJD-"],
	["base64 of no text", "/+8Z "],
	["base64 of text", `${Buffer.from("and so it goes on ").toString("base64")}`],
];
for (const [name, unit] of HOSTILE)
	test(`200,000 characters of ${name} fold in linear time`, () => {
		const text = unit.repeat(200_000 / unit.length);
		const began = performance.now();
		normalizeText(text);
		assert.ok(performance.now() - began < 3000);
	});
