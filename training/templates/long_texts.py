"""Long and short everyday texts, and long ones with one sentence of another family in them.

The inserted sentence decides the labels, harmful or not, so neither length nor an odd sentence is a signal.
"""

from . import everyday
from .frames import LABELS

CLEAN = {name: 0 for name in LABELS if name != "profanity"}
_ALONE = ((everyday.plain, 5), (everyday.letter, 2), (everyday.support_chat, 2), (everyday.code, 1), (everyday.short,
1))


def alone(rng, grammar):
    makers = [maker for maker, weight in _ALONE for _ in range(weight)]
    return rng.choice(makers)(rng, grammar), dict(CLEAN)


def with_inserts(rng, grammar, texts, without=()):
    """Everyday paragraph with the texts in it: side by side or scattered, in the middle, at the end or the start."""
    sentences = everyday.paragraph(rng, grammar, 3, 9, without)
    if len(texts) == 1 or rng.random() < 0.5:
        texts = [" ".join(texts)]
    roll = rng.random()
    at = 0 if roll < 0.12 else len(sentences) if roll < 0.45 else rng.randint(1, max(1, len(sentences) - 1))
    for text in texts:
        sentences.insert(at, text if text[-1] in ".!?:\"'" else text + ".")
        at = rng.randint(0, len(sentences))
    body = everyday.join(rng, sentences)
    if rng.random() < 0.15:
        body = f"{grammar.expand(rng, '{greet}')},\n\n{body}\n\n{grammar.expand(rng, '{bye}')}"
    return body
