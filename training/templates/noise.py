"""Casing, punctuation, typing slips, leet and spaced letters. The same rates for every label."""

_LEET = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7", "l": "1", "g": "9"}
_NEAR = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "w", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
}
_SHORT = {"you": "u", "are": "r", "your": "ur", "because": "cuz", "people": "ppl", "please": "pls", "to": "2",
          "for": "4", "though": "tho", "about": "abt", "with": "w/", "really": "rly", "what": "wat",
          "going to": "gonna"}


def add_noise(rng, text):
    """Leaves about 58 % of texts as they are."""
    roll = rng.random()
    if roll < 0.58:
        return text
    if roll < 0.76:
        return _casing(rng, text)
    if roll < 0.86:
        return _slips(rng, text)
    if roll < 0.90:
        return _disguise(rng, text)
    if roll < 0.94:
        return _shorten(rng, text)
    return _casing(rng, _slips(rng, text))


def _casing(rng, text):
    roll = rng.random()
    if roll < 0.45:
        text = text.lower()
    elif roll < 0.55 and len(text) < 220:
        text = text.upper()
    elif roll < 0.65:
        words = text.split(" ")
        at = rng.randrange(len(words))
        words[at] = words[at].upper()
        text = " ".join(words)
    if rng.random() < 0.35:
        text = text.replace("'", "")
    if rng.random() < 0.3:
        text = text.rstrip(".")
    if rng.random() < 0.12:
        text = text.replace(",", "")
    if rng.random() < 0.12:
        text = text.rstrip(".!") + rng.choice(["!!", "!!!", "...", "..", "!", "!?", "?!"])
    return text


def _slips(rng, text):
    words = text.split(" ")
    for _ in range(max(1, min(6, len(words) // 10))):
        at = rng.randrange(len(words))
        words[at] = _slip(rng, words[at])
    return " ".join(words)


def _slip(rng, word):
    if len(word) < 4:
        return word
    at = rng.randrange(1, len(word) - 1)
    roll = rng.random()
    if roll < 0.3:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if roll < 0.55:
        return word[:at] + word[at + 1 :]
    if roll < 0.75:
        return word[:at] + word[at] + word[at:]
    if word[at].lower() in _NEAR:
        return word[:at] + rng.choice(_NEAR[word[at].lower()]) + word[at + 1 :]
    return word


def _disguise(rng, text):
    words = text.split(" ")
    long_words = [at for at, word in enumerate(words) if len(word) >= 4 and word.isalpha()]
    rng.shuffle(long_words)
    for at in long_words[: rng.choice([1, 1, 2, 3])]:
        words[at] = _disguise_word(rng, words[at])
    return " ".join(words)


def _disguise_word(rng, word):
    roll = rng.random()
    if roll < 0.45:
        return "".join(rng.choice(_LEET[c]) if c in _LEET and rng.random() < 0.6 else c for c in word)
    if roll < 0.65:
        return rng.choice([" ", ".", "-", " "]).join(word)
    if roll < 0.8:
        at = rng.randrange(1, len(word) - 1)
        return word[:at] + "*" + word[at + 1 :]
    at = rng.randrange(1, len(word))
    return word[:at] + word[at - 1] * rng.randrange(1, 4) + word[at:]


def _shorten(rng, text):
    words = text.split(" ")
    return " ".join(_SHORT.get(word.lower(), word) if rng.random() < 0.8 else word for word in words)
