"""Ways to hide a text from a filter: each takes (rng, text) and returns the text disguised. One step each, harm unchanged.

The attack suite measures recall under every one of them; training sees a share of rows, harmful and harmless, so disguised.
Base64 and rot13 are measured only: nothing of a wrapped text can be read without unwrapping it.
"""

import base64
import codecs

_LEET = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"}
_TWINS = str.maketrans("aceiopxyABEHKMOPTX", "асеіорхуАВЕНКМОРТХ")
_HIDDEN = ("\u200b", "\u200c", "\u2060", "\u00ad", "\ufeff")
_MARKS = (".", "-", "*", "_", "~")
CALM = (
    "The bus to the station leaves at ten past eight.", "We had soup and bread for lunch and sat outside.", "The library is open until seven on weekdays.", "My sister repaired the old radio last week.",
    "It rained all morning, so the match was moved to Thursday.", "Please find the minutes of the meeting below.", "The tomatoes need water twice a day in July.", "He bought a blue jacket and a pair of gloves.",
    "The museum shows maps from four centuries.", "Our train was late, but the seats were good.", "She plays the cello in a small orchestra.", "The update takes about five minutes to install.",
)


def upper(rng, text):
    return text.upper()


def mixed_case(rng, text):
    return "".join(c.upper() if rng.random() < 0.5 else c.lower() for c in text)


def leet(rng, text):
    return "".join(_LEET.get(c.lower(), c) if rng.random() < 0.7 else c for c in text)


def spaced(rng, text):
    """Every letter of the longer words apart: h a t e."""
    return " ".join(" ".join(word) if len(word) > 3 else word for word in text.split(" "))


def hidden(rng, text):
    return "".join(c + rng.choice(_HIDDEN) if c.isalpha() and rng.random() < 0.4 else c for c in text)


def twins(rng, text):
    """Latin letters that look Cyrillic, one in two."""
    return "".join(c.translate(_TWINS) if rng.random() < 0.5 else c for c in text)


def marks(rng, text):
    """A mark inside each longer word: ha.te."""
    return " ".join(_inside(rng, word, rng.choice(_MARKS)) for word in text.split(" "))


def stretched(rng, text):
    return " ".join(_stretch(rng, word) for word in text.split(" "))


def slips(rng, text):
    """Two neighbouring letters of each second longer word change places."""
    return " ".join(_swap(rng, word) if rng.random() < 0.5 else word for word in text.split(" "))


def dropped(rng, text):
    return " ".join(_drop(rng, word) if rng.random() < 0.5 else word for word in text.split(" "))


def glued(rng, text):
    return "".join(" " + word if rng.random() < 0.5 else word for word in text.split(" ")).strip()


def lines(rng, text):
    """A line break between words, and now and then within one."""
    return "\n".join(text.split(" "))


def padded_before(rng, text):
    return " ".join([*rng.sample(CALM, 6), text])


def padded_after(rng, text):
    return " ".join([text, *rng.sample(CALM, 6)])


def as_base64(rng, text):
    return base64.b64encode(text.encode()).decode()


def as_rot13(rng, text):
    return codecs.encode(text, "rot13")


ATTACKS = {f.__name__: f for f in (upper, mixed_case, leet, spaced, hidden, twins, marks, stretched, slips, dropped, glued, lines, padded_before, padded_after, as_base64, as_rot13)}
TRAINED = (leet, leet, spaced, marks, marks, stretched, slips, slips, dropped, glued, glued, twins, padded_before, padded_after)


def disguise_rows(rng, rows, n):
    """n rows drawn from `rows`, each disguised in one way, labels and source kept."""
    return [{**row, "text": rng.choice(TRAINED)(rng, row["text"])} for row in rng.sample(rows, min(n, len(rows)))]


def _inside(rng, word, mark):
    if len(word) < 4:
        return word
    at = rng.randrange(1, len(word) - 1)
    return word[:at] + mark + word[at:]


def _stretch(rng, word):
    if len(word) < 3:
        return word
    at = rng.randrange(1, len(word))
    return word[:at] + word[at] * rng.randrange(2, 6) + word[at + 1 :]


def _swap(rng, word):
    if len(word) < 4:
        return word
    at = rng.randrange(1, len(word) - 2)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _drop(rng, word):
    if len(word) < 4:
        return word
    at = rng.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1 :]
