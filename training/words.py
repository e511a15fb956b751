"""Writes the word list that the folding of disguised words reads: src/tokenizer/word-list.ts.

python3 -m training.words --data DIR

Words of the English training rows by the number of rows they occur in, and rarer ones and words of the other languages in plain ASCII,
which are left alone but never read into another word. Front-coded in alphabetical order: letters shared with the word before (base 36), the rest, and a capital for
the power of two of that number (A: one of the latter). Evaluation sets are never read.
"""

import argparse
import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

from .data import read_rows

WORD = re.compile(r"(?<![\w'])[a-z][a-z']*[a-z](?![\w'])|(?<![\w'])[ai](?![\w'])")
OUT = Path(__file__).parent.parent / "src/tokenizer/word-list.ts"
HEADER = """/**
 * Words that the folding of disguised words knows, written by training/words.py from the training text: front-coded, one
 * letter or digit for how much is shared with the word before, the rest, and a capital for the power of two of that number.
 */
"""
# Misspellings and stretched words that are frequent enough to look like words.
NOT_WORDS = frozenset(
    "broo soo doo loong aa whaat nn loll lool moore att noo mann looser maan wayy bitchh yoo ss whyy coo aand youu shitt loove "
    "usefull yy dd iss lovee ook comming untill fuckk mee jj lmmfao damnn fukk allready itt yeahh yess waay homme loot allways "
    "heyy uss becuase micheal thier isreal fcuk peice wierd dosent recieved handel itll beacuse poeple becasue beleive waay "
    "amin foto feelins goverment actualy definitly belive realy fckin somone fuking fcking remeber somthing bitchs teh hte "
    "biitch sluut fuuck niggger shiit stuupid fuckn bich chik dik diks fck fuk sht prik frm knw ths tht thts dnt yur".split()
)
STRETCHED = re.compile(r"(.)\1\1|(aa|ii|uu|yy|hh)")
# Words of harm too rare in the training text.
RARE = "kys cuntface shithead dickhead wanker tosser arsehole bellend molest molester pedophile paedophile behead lynch genocide subhuman vermin".split()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    args = parser.parse_args()
    known = choose(read_rows(args.data / "train.jsonl.xz"))
    lines = pack(known)
    OUT.write_text(HEADER + "export const WORD_LIST: string = `\n" + "\n".join(lines) + "\n`;\n")


def choose(rows: list[dict]) -> dict[str, str]:
    """The class of each word kept."""
    english, foreign, sources = Counter(), Counter(), defaultdict(set)
    for row in rows:
        text = unicodedata.normalize("NFKC", row["text"]).lower().replace("\u2019", "'")
        words = set(WORD.findall(text))  # once a row: some rows repeat one word a thousand times
        if row.get("lang", "en") in ("en", "multi"):
            english.update(words)
            for word in words:
                sources[word].add(row["source"])
        else:
            foreign.update(words)
    kept = {w: chr(65 + n.bit_length() - 1) for w, n in english.items() if is_kept(n, len(sources[w])) and w not in NOT_WORDS}
    kept |= {w: "D" for w in RARE if w not in kept}
    common = {w for w, c in kept.items() if c >= "J"}
    kept = {w: c for w, c in kept.items() if c >= "J" or not is_frequent_slip(w, common)}
    rare = (w for w, n in english.items() if is_rare(n, len(sources[w])) and not is_slip(w, common))
    other = (w for w, n in foreign.items() if n >= 8)
    kept |= {w: "A" for w in (*rare, *other) if w not in kept and w not in NOT_WORDS and len(w) > 2 and not STRETCHED.search(w)}
    return {w: c for w, c in kept.items() if len(w) <= 24}


def is_kept(count: int, sources: int) -> bool:
    return (count >= 8 and sources >= 4) or (count >= 15 and sources >= 3)


def is_rare(count: int, sources: int) -> bool:
    return (count >= 3 and sources >= 3) or (count >= 6 and sources >= 2)


def is_frequent_slip(word: str, common: set[str]) -> bool:
    """Slips of long words, and words without a vowel, that occur often."""
    if not re.search("[aeiouy]", word):
        return len(word) > 2 and is_slip(word, common)
    return len(word) > 4 and any(w in common for w in swaps(word))


def swaps(word: str) -> list[str]:
    return [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)]


def is_slip(word: str, common: set[str]) -> bool:
    """Whether a common word stands there but for a letter left out or two that changed places."""
    completed = (word[:i] + c + word[i:] for i in range(1, len(word)) for c in "abcdefghijklmnopqrstuvwxyz")
    return any(w in common for w in swaps(word)) or any(w in common for w in completed)


def pack(known: dict[str, str]) -> list[str]:
    parts, last = [], ""
    for word in sorted(known):
        shared = next((i for i, (a, b) in enumerate(zip(word, last)) if a != b), min(len(word), len(last)))
        parts.append("0123456789abcdefghijklmnopqrstuvwxyz"[shared] + word[shared:] + known[word])
        last = word
    lines, line = [], ""
    for part in parts:
        if len(line) + len(part) > 480:
            lines.append(line)
            line = ""
        line += part
    return [*lines, line]


if __name__ == "__main__":
    main()
