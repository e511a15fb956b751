/**
 * Token ids back to text: U+2581 to space, runs of byte pieces as UTF-8, control tokens to nothing.
 * As Hugging Face's ByteFallback does, every byte of a run that is not valid UTF-8 becomes U+FFFD.
 */
import { SluiceError } from "../errors.ts";
import type { TokenizerSpec } from "./tokenizer-file.ts";

/** Returns the decoder. It throws `invalid_request` for an id outside the vocabulary. */
export function createDecoder({ vocab, added, decoder }: TokenizerSpec): (ids: ArrayLike<number>) => string {
	const texts: (string | number)[] = [];
	for (const [token, id] of vocab) {
		texts[id] = /^<0x[0-9A-Fa-f]{2}>$/.test(token)
			? Number.parseInt(token.slice(3, 5), 16)
			: token.replaceAll("▁", " ");
	}
	for (const { id, special } of added) if (special) texts[id] = "";
	const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
	const fromBytes = (bytes: readonly number[]): string => {
		try {
			return utf8.decode(Uint8Array.from(bytes));
		} catch {
			return "\ufffd".repeat(bytes.length);
		}
	};
	return (ids) => {
		let text = "";
		let bytes: number[] = [];
		for (let i = 0; i < ids.length; i++) {
			const piece = texts[ids[i]!];
			if (piece === undefined) {
				throw new SluiceError("invalid_request", { detail: `token id ${ids[i]} is outside the vocabulary` });
			}
			if (typeof piece === "number") bytes.push(piece);
			else if (piece !== "") {
				if (bytes.length > 0) text += fromBytes(bytes);
				bytes = [];
				text += piece;
			}
		}
		if (bytes.length > 0) text += fromBytes(bytes);
		return decoder.stripSpace && text.startsWith(" ") ? text.slice(1) : text;
	};
}
