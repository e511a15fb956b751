/**
 * Which characters stand in for which Latin letter. Look-alikes after Unicode UTS #39 (confusables), lower case only,
 * limited to letters that are in use as disguises; leet signs as commonly written.
 */

const pairs = (from: string, to: string): [number, number][] => {
	const targets = [...to];
	return [...from].map((c, i) => [c.codePointAt(0)!, targets[i]!.codePointAt(0)!]);
};

const range = (first: number): [number, number][] => Array.from({ length: 26 }, (_, i) => [first + i, 0x61 + i]);

/** Look-alike letter to Latin lower-case letter (code points). */
export const HOMOGLYPHS: ReadonlyMap<number, number> = new Map([
	// Cyrillic
	...pairs("авеёзкмнорстухіјѕԁԛԝһҽѵпьг", "abeeekmhopctyxijsdqwhevnbr"),
	// Greek
	...pairs("αβγεηικνοπρτυχωϲϳ", "abyenikvonptuxwcj"),
	// Latin small capitals and phonetic letters
	...pairs("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢɑɡɩı", "abcdefghijklmnoprtuvwyzagii"),
	// enclosed and squared capitals that NFKC leaves alone
	...range(0x1f150),
	...range(0x1f170),
]);

/** Sign to the letter it stands for inside a word (code points). */
export const LEET: ReadonlyMap<number, number> = new Map(pairs("01345780@$!€", "oieastboasie"));
