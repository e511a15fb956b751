"""Draws a family, a side, a frame; wraps, labels and roughens the text; drops repeats and what must not exist."""

import hashlib
import random
import re

from . import dangerous, harassment, hate, jailbreak, long_texts, profanity, self_harm, sexual, violence
from .everyday import SLOTS as EVERYDAY_SLOTS
from .grammar import Grammar
from .lexicon import COMMON
from .noise import add_noise
from .registers import wrap

FAMILIES = tuple(m.FAMILY for m in (hate, harassment, violence, self_harm, sexual, dangerous, jailbreak, profanity))
LONG_SHARE = 0.16
LONG_HARMFUL = 0.3
LONG_HARMLESS_INSERT = 0.25

# A term for anyone under age. No text with sexual = 1 may hold one, whatever part of it says so.
MINORS = re.compile(
    r"\b(?:minors?|child\w*|kids?|kiddo|bab(?:y|ies)|infants?|toddlers?|teen\w*|adolescen\w*|under ?age\w*|juvenile\w*|youth\w*|young\w*|"
    r"girls?|boys?|schoolgirls?|schoolboys?|school\w*|pupils?|sons?|daughters?|nieces?|nephews?|grand(?:son|daughter|child)\w*|"
    r"pre-?teen\w*|lol[il]\w*|jailbait|little (?:one|sister|brother)s?|teachers?|students?|stud(?:y|ies)|cousins?|"
    r"(?:[1-9]|1[0-7])[ -]?(?:years?|yo|yr)\w*|(?:two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen)[ -]years?[ -]old)\b",
    re.IGNORECASE,
)
_SWEAR = re.compile(
    r"\b(?:(?:mother)?fuck\w*|shit\w*|bullshit|assholes?|bitch\w*|cunts?|dickheads?|pricks?|cocks?|pussy|dicks?|tits|whores?|sluts?)\b", re.IGNORECASE
)
_UNSURE_SWEAR = re.compile(
    r"\b(?:damn|goddamn|hell|crap|bloody|ass|arse|dumbass|piss\w*|kys|fags?|faggots?|trann\w+|dykes?|retards?|spics?|spic|chinks?|kikes?|pakis?|"
    r"wetbacks?|ragheads?|towelheads?|gyppos?|shemales?|cripples?|screw\w*|crip|queers?|fanny|slut)\b",
    re.IGNORECASE,
)
_HOMONYM = re.compile(r"\b(?:my cock crows|great tits|blue tits|pussy willow|dick and fanny|cockpit|shih)\b|\bslut is swedish|proud slut for", re.IGNORECASE)


def generate(seed, n):
    """Yields n rows; equal seeds yield equal rows, and no text (but for case and punctuation) comes twice."""
    rng = random.Random(f"sluice-templates:{seed}")
    grammar = Grammar(COMMON, EVERYDAY_SLOTS)
    grammars = {family.name: grammar.with_slots(family.slots) for family in FAMILIES}
    seen, made = set(), 0
    while made < n:
        text, labels = _draw(rng, grammar, grammars)
        text = text.strip()
        key = hashlib.blake2b(re.sub(r"\W+", "", text.lower()).encode(), digest_size=8).digest()
        if key in seen or not text or _is_forbidden(text, labels):
            continue
        seen.add(key)
        made += 1
        yield {"text": add_noise(rng, text), "labels": labels, "source": "sluice_templates", "lang": "en"}


def families():
    """The eight families with their grammars, for tests."""
    grammar = Grammar(COMMON, EVERYDAY_SLOTS)
    return [(family, grammar.with_slots(family.slots)) for family in FAMILIES]


def family_texts(family, grammar, rng, harmful):
    """One text of a family's side with its labels, wrapped but not yet roughened."""
    group = _weighted(rng, family.harmful if harmful else family.harmless)
    texts = [grammar.expand(rng, rng.choice(group.patterns))]
    if rng.random() < 0.14:
        texts += [grammar.expand(rng, rng.choice(group.patterns)) for _ in range(rng.choice([1, 1, 2, 3]))]
    text = " ".join(t if t[-1:] in ".!?:\"'" else t + "." for t in texts) if len(texts) > 1 else texts[0]
    return _label(text, group.labels), group.register, text


def _draw(rng, grammar, grammars):
    if rng.random() < LONG_SHARE:
        return _draw_long(rng, grammar, grammars)
    family = _weighted(rng, FAMILIES, "share")
    labels, register, text = family_texts(family, grammars[family.name], rng, rng.random() < family.harmful_part)
    text = wrap(rng, grammar, text, register)
    return text, _label(text, labels)


def _draw_long(rng, grammar, grammars):
    roll = rng.random()
    if roll > LONG_HARMFUL + LONG_HARMLESS_INSERT:
        text, labels = long_texts.alone(rng, grammar)
        return text, _label(text, labels)
    family = _weighted(rng, FAMILIES, "share")
    labels, _, text = family_texts(family, grammars[family.name], rng, roll < LONG_HARMFUL)
    text, labels = long_texts.with_insert(rng, grammar, text, labels)
    return text, _label(text, labels)


def _label(text, labels):
    """Adds profanity where the words settle it; an identity word or a mild oath leaves it unknown."""
    labels = dict(labels)
    if labels.get("profanity") == 1:
        return labels
    plain = _HOMONYM.sub(" ", text)
    if _SWEAR.search(plain):
        labels["profanity"] = 1
    elif not _UNSURE_SWEAR.search(plain):
        labels["profanity"] = 0
    else:
        labels.pop("profanity", None)
    if labels.get("profanity") != 0 and labels.get("toxic") == 0:
        labels.pop("toxic")
    return labels


def _is_forbidden(text, labels):
    return labels.get("sexual") == 1 and MINORS.search(text) is not None


def _weighted(rng, items, attribute="weight"):
    total = sum(getattr(item, attribute) for item in items)
    roll = rng.random() * total
    for item in items:
        roll -= getattr(item, attribute)
        if roll < 0:
            return item
    return items[-1]
