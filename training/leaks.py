"""Finds training rows that repeat evaluation text, so that they can be dropped.

A row leaks when its letters and digits equal an evaluation text's, when the two share a run of eight words, or when both
are the same sentence but for the group of people named in it (four words at least): a template filled in twice.
"""

import re
from collections.abc import Iterable

from .templates.lexicon import COMMON

SHINGLE_WORDS = 8
TEMPLATE_WORDS = 4
_WORD = re.compile(r"\w+")
_NAMED = sorted({name.lower() for slot in ("group", "gadj", "gone") for name in COMMON[slot]}, key=len, reverse=True)
_GROUP = re.compile(r"\b(?:" + "|".join(map(re.escape, _NAMED)) + r")\b")


def find_leaks(texts: Iterable[str], evaluation: Iterable[str]) -> list[int]:
    """Indices of `texts` that repeat any of `evaluation`; case, punctuation and spacing do not matter."""
    keys, shingles, templates = set(), set(), set()
    for text in evaluation:
        words = _words(text)
        keys.add("".join(words))
        shingles.update(_shingles(words))
        templates.add(_template(text))
    keys.discard("")
    templates.discard(None)
    leaks = []
    for index, text in enumerate(texts):
        words = _words(text)
        if "".join(words) in keys or not shingles.isdisjoint(_shingles(words)) or _template(text) in templates:
            leaks.append(index)
    return leaks


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _shingles(words: list[str]) -> Iterable[int]:
    return (hash(tuple(words[i : i + SHINGLE_WORDS])) for i in range(len(words) - SHINGLE_WORDS + 1))


def _template(text: str) -> str | None:
    """The sentence with every group of people replaced; None where no group is named or too little is left."""
    masked, named = _GROUP.subn(" 0 ", text.lower())
    words = _words(masked)
    return " ".join(words) if named and len(words) >= TEMPLATE_WORDS else None
