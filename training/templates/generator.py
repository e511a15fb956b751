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
LONG_HARMFUL = 0.34
LONG_HARMLESS_INSERT = 0.3
TRIES = 40
KEPT_APART = ("family", "study")  # topics that no text about sex is put into

# Terms for anyone under age, and for school. No text about sex may hold one, whatever part of it does.
MINORS = re.compile(
    r"\b(?:minors?|child\w*|kids?|kiddo|bab(?:y|ies)|infants?|toddlers?|teen\w*|adolescen\w*|under ?age\w*|"
    r"juvenile\w*|youth\w*|young\w*|girls?|boys?|school\w*|pupils?|sons?|daughters?|nieces?|nephews?|"
    r"grand(?:son|daughter|child)\w*|pre-?teen\w*|lol[il]\w*|jailbait|little (?:one|sister|brother)s?|teachers?|"
    r"students?|stud(?:y|ies)|cousins?|(?:[1-9]|1[0-7])[ -]?(?:years?|yo|yr)\w*|"
    r"(?:\w+teen|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)[ -]years?[ -]old)\b",
    re.IGNORECASE,
)
_SWEAR = re.compile(
    r"\b(?:(?:mother)?fuck\w*|shit\w*|bullshit|assholes?|bitch\w*|cunts?|dickheads?|pricks?|cocks?|pussy|dicks?|tits|"
    r"whores?|sluts?)\b",
    re.IGNORECASE,
)
_UNSURE_SWEAR = re.compile(
    r"\b(?:damn|goddamn|hell|crap|bloody|ass|arse|dumbass|piss\w*|kys|fags?|faggots?|trann\w+|dykes?|retards?|spics?|"
    r"chinks?|kikes?|pakis?|wetbacks?|ragheads?|towelheads?|gyppos?|shemales?|cripples?|screw\w*|crip|queers?|fanny|"
    r"slut)\b",
    re.IGNORECASE,
)
_HOMONYM = re.compile(
    r"\b(?:my cock crows|great tits|blue tits|pussy willow|dick and fanny|cockpit|shih)\b|"
    r"\bslut is swedish|proud slut for",
    re.IGNORECASE,
)


def generate(seed, n, families=FAMILIES, source="sluice_templates", most=None):
    """Yields n rows; equal seeds yield equal rows. No text (but for case and punctuation) comes twice, and one
    sentence comes back in other wrappers only a few times (`most`)."""
    rng = random.Random(f"{source.replace('_', '-')}:{seed}")
    grammar = Grammar(COMMON, EVERYDAY_SLOTS)
    grammars = {id(family): grammar.with_slots(family.slots) for family in families}
    seen, cores, most, made = set(), {}, most or 3 + n // 30_000, 0
    while made < n:
        kind = _kind(rng, families)
        for _ in range(TRIES):
            core, text, labels = _draw(rng, grammar, grammars, kind)
            key, core_key = _key(text), _key(core)
            if not text or key in seen or cores.get(core_key, 0) >= most:
                continue
            rough = add_noise(rng, text)
            if _is_forbidden(text, labels, kind[0]) or _is_forbidden(rough, labels, kind[0]):
                continue
            seen.add(key)
            cores[core_key] = cores.get(core_key, 0) + 1
            made += 1
            yield {"text": rough, "labels": labels, "source": source, "lang": "en"}
            break


def families():
    """The eight families with their grammars, for tests."""
    grammar = Grammar(COMMON, EVERYDAY_SLOTS)
    return [(family, grammar.with_slots(family.slots)) for family in FAMILIES]


def family_texts(family, grammar, rng, harmful):
    """Sentences of one frame group of a family's side, with their labels and their register."""
    group = _weighted(rng, family.harmful if harmful else family.harmless)
    roll = rng.random()
    count = 1 if roll < 0.82 else rng.choice([2, 2, 3, 4]) if roll < 0.95 else rng.randint(4, 9)
    patterns = rng.sample(group.patterns, min(count, len(group.patterns)))
    texts = [grammar.expand(rng, pattern) for pattern in patterns]
    if len(texts) > 1:
        texts = [text if text[-1:] in ".!?:\"'" else text + "." for text in texts]
    return texts, group.labels, group.register


def _kind(rng, families):
    """What the next row shall be: (family or None, harmful side, inside a long text)."""
    if rng.random() >= LONG_SHARE:
        family = _weighted(rng, families, "share")
        return family, rng.random() < family.harmful_part, False
    roll = rng.random()
    if roll > LONG_HARMFUL + LONG_HARMLESS_INSERT:
        return None, False, True
    return _weighted(rng, families, "share"), roll < LONG_HARMFUL, True


def _draw(rng, grammar, grammars, kind):
    """One candidate: the text without wrappers, the whole text, its labels."""
    family, harmful, is_long = kind
    if family is None:
        text, labels = long_texts.alone(rng, grammar)
        return text, text.strip(), _label(text, labels)
    texts, labels, register = family_texts(family, grammars[id(family)], rng, harmful)
    core = " ".join(texts)
    if is_long:
        text = long_texts.with_inserts(rng, grammar, texts, KEPT_APART if family.name == "sexual" else ())
    else:
        text = wrap(rng, grammar, core, register)
    return core, text.strip(), _label(text, labels)


def _key(text):
    return hashlib.blake2b(re.sub(r"\W+", "", text.lower()).encode(), digest_size=8).digest()


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


def _is_forbidden(text, labels, family):
    about_sex = labels.get("sexual") == 1 or (family is not None and family.name == "sexual")
    return about_sex and MINORS.search(text) is not None


def _weighted(rng, items, attribute="weight"):
    total = sum(getattr(item, attribute) for item in items)
    roll = rng.random() * total
    for item in items:
        roll -= getattr(item, attribute)
        if roll < 0:
            return item
    return items[-1]
