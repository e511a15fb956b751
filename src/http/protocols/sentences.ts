/**
 * The sentences of a text by Unicode's rules (UAX #29), as offsets into the original text. Never cuts inside a character.
 */

/** A part of a text in UTF-16 code units, end exclusive. */
export interface TextRange {
	readonly begin: number;
	readonly end: number;
}

const segmenter = new Intl.Segmenter("en", { granularity: "sentence" });

/** The sentences without the white space around them; neighbours are joined evenly where there are more than `most`. */
export function toSentences(text: string, most: number): TextRange[] {
	const sentences: TextRange[] = [];
	for (const { segment, index } of segmenter.segment(text)) {
		const begin = index + segment.length - segment.trimStart().length;
		const end = index + segment.trimEnd().length;
		if (end > begin) sentences.push({ begin, end });
	}
	const step = Math.ceil(sentences.length / Math.max(1, most));
	if (step <= 1) return sentences;
	return sentences.flatMap((first, i) => {
		if (i % step !== 0) return [];
		return [{ begin: first.begin, end: sentences[Math.min(i + step, sentences.length) - 1]!.end }];
	});
}
