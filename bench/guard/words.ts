/** Texts for the guard's bench: harmless words without end, and generations that turn harmful at a known place. */
import { createRandom } from "../../test/guard/streams.ts";

/** Harmless words. */
export const WORDS: readonly string[] = (
	"the of and a to in is it was for on are as with they at be this from have or by one had not but what all were when " +
	"we there can an your which their said if do will each about how up out them then she many some so these would other " +
	"into has more her two like him see time could no make than first been its who now people my made over did down only " +
	"way find use may water long little very after words called just where most know weather garden river meeting report"
).split(" ");

const HARM = "you are a stupid fucking idiot, shut up you worthless piece of shit, I will kill you";

/** Words with a space behind each, sentences of about ten. */
export function* harmlessWords(seed: number): Generator<string, never> {
	const random = createRandom(seed);
	for (;;) yield `${WORDS[Math.floor(random() * WORDS.length)]!}${random() < 0.1 ? "." : ""} `;
}

/** So many words, then harm, then words again. */
export function toHarmful(seed: number, before: number, after: number): { text: string; badFrom: number } {
	const words = harmlessWords(seed);
	const take = (count: number): string => Array.from({ length: count }, () => words.next().value).join("");
	const start = take(before);
	return { text: `${start}${HARM} ${take(after)}`, badFrom: start.length };
}
