"""Finds training rows that repeat evaluation text, so that they can be dropped.

A row leaks when its letters and digits equal an evaluation text's, or when the two share a run of ten words.
"""

import re
from collections.abc import Iterable

SHINGLE_WORDS = 10
_WORD = re.compile(r"\w+")


def find_leaks(texts: Iterable[str], evaluation: Iterable[str]) -> list[int]:
    """Indices of `texts` that repeat any of `evaluation`; case, punctuation and spacing do not matter."""
    keys, shingles = set(), set()
    for text in evaluation:
        words = _words(text)
        keys.add("".join(words))
        shingles.update(_shingles(words))
    keys.discard("")
    leaks = []
    for index, text in enumerate(texts):
        words = _words(text)
        if "".join(words) in keys or not shingles.isdisjoint(_shingles(words)):
            leaks.append(index)
    return leaks


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _shingles(words: list[str]) -> Iterable[int]:
    return (hash(tuple(words[i : i + SHINGLE_WORDS])) for i in range(len(words) - SHINGLE_WORDS + 1))
